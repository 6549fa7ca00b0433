import { LanguageSupport, syntaxHighlighting } from '@codemirror/language';
import { MergeView, unifiedMergeView } from '@codemirror/merge';
import { EditorState, Extension } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { MainAreaWidget } from '@jupyterlab/apputils';
import {
  IEditorLanguageRegistry,
  jupyterHighlightStyle,
  jupyterTheme
} from '@jupyterlab/codemirror';
import { TranslationBundle } from '@jupyterlab/translation';
import { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { icon } from './icon';
import { ITwoVersions } from './versions';

const WIDE = 1000; // pixels from which two versions stand side by side
const FOLDED = { margin: 3, minSize: 6 }; // lines kept round a change, lines that are worth folding

/** Two versions side by side, or one below the other where there is little room. */
export class Versions extends Widget {
  constructor(
    private readonly two: ITwoVersions,
    private readonly language: LanguageSupport | null,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('seglam-versions');
    this.node.tabIndex = 0;
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', title(two, trans));
    this.head.className = 'seglam-versions-head';
    this.body.className = 'seglam-versions-body';
    this.node.append(this.head, this.body);
    this.describe();
  }

  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.draw();
  }

  protected onResize(message: Widget.ResizeMessage): void {
    super.onResize(message);
    this.draw();
  }

  dispose(): void {
    this.view?.destroy();
    super.dispose();
  }

  private describe(): void {
    const { two, trans } = this;
    const heading = document.createElement('h2');
    heading.textContent = title(two, trans);
    const notes = document.createElement('ul');
    for (const note of two.before === two.after
      ? [...two.notes, trans.__('The code is the same.')]
      : two.notes) {
      const item = document.createElement('li');
      item.textContent = note;
      notes.append(item);
    }
    this.head.replaceChildren(heading, notes);
  }

  private draw(): void {
    const wide = this.node.clientWidth > WIDE;
    if (!this.isAttached || this.wide === wide) {
      return;
    }
    this.wide = wide;
    this.view?.destroy();
    this.body.replaceChildren();
    this.body.dataset.form = wide ? 'side by side' : 'unified';
    this.view = wide ? this.sideBySide() : this.unified();
  }

  private sideBySide(): MergeView {
    const { two, body } = this;
    return new MergeView({
      a: { doc: two.before, extensions: this.extensions(`${two.name} v${two.old}`) },
      b: { doc: two.after, extensions: this.extensions(`${two.name} v${two.new}`) },
      parent: body,
      gutter: true,
      collapseUnchanged: FOLDED
    });
  }

  private unified(): EditorView {
    const merged = unifiedMergeView({
      original: this.two.before,
      mergeControls: false,
      collapseUnchanged: FOLDED
    });
    const extensions = [...this.extensions(title(this.two, this.trans)), merged];
    return new EditorView({ doc: this.two.after, extensions, parent: this.body });
  }

  private extensions(label: string): Extension[] {
    return [
      lineNumbers(),
      EditorView.lineWrapping,
      EditorState.readOnly.of(true),
      EditorView.editable.of(false),
      EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
      jupyterTheme,
      syntaxHighlighting(jupyterHighlightStyle),
      ...(this.language ? [this.language] : [])
    ];
  }

  private readonly head = document.createElement('div');
  private readonly body = document.createElement('div');
  private view: MergeView | EditorView | null = null;
  private wide: boolean | null = null;
}

/** A tab that shows two versions; opened again, it is the same tab. */
export async function versionsTab(
  two: ITwoVersions,
  languages: IEditorLanguageRegistry | null,
  trans: TranslationBundle
): Promise<MainAreaWidget<Versions>> {
  const language = await languages?.getLanguage('text/x-python');
  const content = new Versions(two, language?.support ?? null, trans);
  const tab = new MainAreaWidget({ content });
  tab.id = `seglam-versions-${two.name}-${two.old}-${two.new}`;
  tab.title.label = trans.__('%1 v%2 to v%3', two.name, two.old, two.new);
  tab.title.caption = title(two, trans);
  tab.title.icon = icon;
  tab.title.closable = true;
  tab.toolbar.hide();
  return tab;
}

function title(two: ITwoVersions, trans: TranslationBundle): string {
  return trans.__('%1: version %2 and version %3', two.name, two.old, two.new);
}
