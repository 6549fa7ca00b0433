import { Dialog, showDialog } from '@jupyterlab/apputils';
import { NotebookPanel } from '@jupyterlab/notebook';
import { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { addCell } from './cells';

const FUNCTION = /^(?:async\s+)?def\s+([A-Za-z_]\w*)\s*\(/m;

/** The name of the first function a cell defines; null where it defines none. */
export function functionOf(source: string): string | null {
  return FUNCTION.exec(source)?.[1] ?? null;
}

/** Ask which questions a function answers; null where the dialog is left. */
async function wordings(name: string, trans: TranslationBundle): Promise<string[] | null> {
  const body = new Wordings(trans);
  const result = await showDialog<string[]>({
    title: trans.__('Turn %1 into a procedure', name),
    body,
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Make the cell') })],
    defaultButton: 1
  });
  return result.button.accept ? (result.value ?? []) : null;
}

/** Make a `%%procedure` cell below the active one, from the function in it. It is verified when it is run. */
export async function turnIntoProcedure(
  panel: NotebookPanel,
  trans: TranslationBundle
): Promise<void> {
  const source = panel.content.activeCell?.model.sharedModel.getSource() ?? '';
  const name = functionOf(source);
  if (!name) {
    await showDialog({
      title: trans.__('This cell defines no function'),
      body: trans.__(
        'A procedure is one function with its inputs as parameters. Write the cell as a function first.'
      ),
      buttons: [Dialog.okButton()]
    });
    return;
  }
  const texts = await wordings(name, trans);
  if (texts) {
    const options = texts.map(text => ` --template ${JSON.stringify(text)}`).join('');
    addCell(panel, `%%procedure ${name}${options}\n${source.trim()}`);
  }
}

/** One question a line. */
class Wordings extends Widget implements Dialog.IBodyWidget<string[]> {
  constructor(trans: TranslationBundle) {
    super();
    this.addClass('seglam-wordings');
    const label = document.createElement('label');
    label.textContent = trans.__(
      'Questions it answers, one a line; {parameter} where a value stands:'
    );
    this.text.className = 'jp-mod-styled';
    this.text.rows = 4;
    this.text.placeholder = trans.__('the mean of {values} above {limit}');
    label.append(this.text);
    this.node.append(label);
  }

  getValue(): string[] {
    const lines = this.text.value.split('\n').map(line => line.trim());
    return lines.filter(line => line);
  }

  private readonly text = document.createElement('textarea');
}
