import { CodeCell, ICodeCellModel } from '@jupyterlab/cells';
import { Notebook, NotebookActions, NotebookPanel } from '@jupyterlab/notebook';
import { TranslationBundle } from '@jupyterlab/translation';
import { JSONExt, JSONValue } from '@lumino/coreutils';
import { IAnswer, KEY, answerOf, hash, isQuestion, record } from './answers';
import { Preferences } from './preferences';

/** What is pressed when somebody wants to know more of an answer. */
export type Opened = (answer: IAnswer) => void;

/** Put a chip on every answered question of a notebook, and keep it true. */
export function chips(
  panel: NotebookPanel,
  wishes: Preferences,
  trans: TranslationBundle,
  opened: Opened
): void {
  const seen = new WeakSet<CodeCell>();
  const scan = () => {
    for (const cell of panel.content.widgets) {
      if (cell instanceof CodeCell && !seen.has(cell)) {
        seen.add(cell);
        follow(cell, wishes, trans, opened);
      }
    }
  };
  const later = () => setTimeout(scan, 0); // the widgets of new cells are made after the signal
  const watch = () => {
    panel.content.model?.cells.changed.connect(later);
    later();
  };
  panel.content.modelChanged.connect(watch);
  watch();
}

/** Keep each answer with its cell as a reference, so that a question changed later is known as changed. */
export function recording(wishes: Preferences): void {
  NotebookActions.executed.connect((_: unknown, ran: { notebook: Notebook; cell: unknown }) => {
    if (ran.cell instanceof CodeCell && wishes.record) {
      keep(ran.cell.model);
    }
  });
}

function keep(model: ICodeCellModel): void {
  const source = model.sharedModel.getSource();
  const answer = isQuestion(source) ? answerOf(model) : null;
  const kept = model.getMetadata(KEY) as JSONValue | undefined;
  if (!answer) {
    if (kept !== undefined) {
      model.deleteMetadata(KEY);
    }
    return;
  }
  const now = record(answer, source);
  if (kept === undefined || !JSONExt.deepEqual(kept, now)) {
    model.setMetadata(KEY, now);
  }
}

function follow(
  cell: CodeCell,
  wishes: Preferences,
  trans: TranslationBundle,
  opened: Opened
): void {
  const model = cell.model;
  let asked = hash(model.sharedModel.getSource()); // of an answer that says nothing of what it was asked
  let due = false;
  const show = () => {
    due = false;
    if (cell.isDisposed) {
      return;
    }
    const source = model.sharedModel.getSource();
    const answer = wishes.chips && isQuestion(source) ? answerOf(model) : null;
    const changed = !!answer && (answer.asked ?? asked) !== hash(source);
    render(cell, answer, changed, trans, opened);
  };
  const later = () => {
    if (!due) {
      due = true;
      setTimeout(show, 0);
    }
  };
  model.contentChanged.connect(later);
  model.metadataChanged.connect(later);
  model.outputs.changed.connect(() => {
    asked = hash(model.sharedModel.getSource());
    later();
  });
  wishes.changed.connect(later);
  cell.disposed.connect(() => wishes.changed.disconnect(later));
  void cell.ready.then(later);
}

function render(
  cell: CodeCell,
  answer: IAnswer | null,
  changed: boolean,
  trans: TranslationBundle,
  opened: Opened
): void {
  const area = cell.inputArea?.node;
  const old = area?.querySelector<HTMLButtonElement>(':scope > .seglam-chip');
  if (!area || !answer) {
    old?.remove();
    return;
  }
  const chip = old ?? document.createElement('button');
  const version = `${answer.procedure} v${answer.number}`;
  chip.type = 'button';
  chip.className = 'seglam-chip';
  chip.dataset.kind = changed ? 'changed' : answer.hit ? 'hit' : 'miss';
  chip.textContent = label(answer, changed, trans);
  chip.title = sentence(version, answer, changed, trans);
  chip.setAttribute('aria-label', `${chip.textContent}: ${chip.title}`);
  chip.onclick = () => opened(answer);
  if (!old) {
    area.append(chip);
  }
}

function label(answer: IAnswer, changed: boolean, trans: TranslationBundle): string {
  if (changed) {
    return trans.__('changed since');
  }
  return answer.hit ? trans.__('hit v%1', answer.number) : trans.__('miss');
}

function sentence(
  version: string,
  answer: IAnswer,
  changed: boolean,
  trans: TranslationBundle
): string {
  if (changed) {
    return trans.__('The question was changed after %1 answered it', version);
  }
  return answer.hit
    ? trans.__('%1 answered, no model was asked to compile', version)
    : trans.__('A model compiled %1 for this question', version);
}
