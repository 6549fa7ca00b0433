import { EditorExtensionRegistry, IEditorExtensionFactory } from '@jupyterlab/codemirror';
import { Compartment, Extension, RangeSetBuilder, Text } from '@codemirror/state';
import { Decoration, DecorationSet, EditorView, ViewPlugin, ViewUpdate } from '@codemirror/view';
import { isQuestion } from './answers';
import { Preferences } from './preferences';

const MAGIC = /^\s*%%reason\b/;
const OPTION = /(?<=\s)--?[a-z][a-z-]*/g;
const NAME = /`[^`\n]+`/g;

const magicLine = Decoration.line({ class: 'cm-seglam-magic' });
const proseLine = Decoration.line({ class: 'cm-seglam-prose' });
const magicWord = Decoration.mark({ class: 'cm-seglam-word' });
const option = Decoration.mark({ class: 'cm-seglam-option' });
const name = Decoration.mark({ class: 'cm-seglam-name' });

/** Questions shown as prose with their names marked, in cells only. */
export function prose(wishes: Preferences): IEditorExtensionFactory<undefined> {
  return Object.freeze({
    name: 'seglam-question',
    factory: (options: IEditorExtensionFactory.IOptions) =>
      EditorExtensionRegistry.createImmutableExtension(options.inline ? following(wishes) : [])
  });
}

/** The colours, switched on and off with the setting while the editor is open. */
function following(wishes: Preferences): Extension {
  const switched = new Compartment();
  const follower = ViewPlugin.define(view => {
    const apply = () => {
      // an editor cannot be changed while it is being updated
      setTimeout(
        () => view.dispatch({ effects: switched.reconfigure(wishes.prose ? colours : []) }),
        0
      );
    };
    wishes.changed.connect(apply);
    return { destroy: () => void wishes.changed.disconnect(apply) };
  });
  return [switched.of(wishes.prose ? colours : []), follower];
}

/** A question is a sentence: it is wrapped as one. */
const wrapped = EditorView.contentAttributes.of(view =>
  isQuestion(view.state.doc.line(1).text) ? { class: 'cm-lineWrapping' } : null
);

const marked = ViewPlugin.define(
  view => ({
    decorations: decorated(view),
    update(update: ViewUpdate) {
      if (update.docChanged || update.viewportChanged) {
        this.decorations = decorated(update.view);
      }
    }
  }),
  { decorations: (plugin: { decorations: DecorationSet }) => plugin.decorations }
);

const colours = [marked, wrapped];

function decorated(view: EditorView): DecorationSet {
  const doc = view.state.doc;
  if (!isQuestion(doc.line(1).text)) {
    return Decoration.none;
  }
  const builder = new RangeSetBuilder<Decoration>();
  for (const { from, to } of view.visibleRanges) {
    for (let at = doc.lineAt(from).number; at <= doc.lineAt(to).number; at++) {
      line(doc, at, builder);
    }
  }
  return builder.finish();
}

function line(doc: Text, number: number, builder: RangeSetBuilder<Decoration>): void {
  const { from, text } = doc.line(number);
  builder.add(from, from, number === 1 ? magicLine : proseLine);
  const marks: [number, number, Decoration][] = [];
  if (number === 1) {
    marks.push([0, MAGIC.exec(text)![0].length, magicWord]);
    for (const found of text.matchAll(OPTION)) {
      marks.push([found.index, found.index + found[0].length, option]);
    }
  }
  for (const found of text.matchAll(NAME)) {
    marks.push([found.index, found.index + found[0].length, name]);
  }
  let reached = 0;
  for (const [start, end, mark] of marks.sort((one, two) => one[0] - two[0])) {
    if (start >= reached) {
      builder.add(from + start, from + end, mark);
      reached = end;
    }
  }
}
