import { NotebookActions, NotebookPanel } from '@jupyterlab/notebook';

/** Add a code cell below the active one (above the first with `first`), ready to be typed in. */
export function addCell(panel: NotebookPanel, source: string, first = false): void {
  const notebook = panel.content;
  if (first) {
    notebook.activeCellIndex = 0;
    NotebookActions.insertAbove(notebook);
  } else {
    NotebookActions.insertBelow(notebook);
  }
  notebook.activeCell?.model.sharedModel.setSource(source);
  notebook.mode = 'edit';
  const editor = notebook.activeCell?.editor;
  if (editor) {
    editor.setCursorPosition({
      line: editor.lineCount - 1,
      column: editor.getLine(editor.lineCount - 1)?.length ?? 0
    });
  }
}

/** Add a code cell and run it. */
export async function runCell(panel: NotebookPanel, source: string, first = false): Promise<void> {
  addCell(panel, source, first);
  panel.content.mode = 'command';
  await NotebookActions.run(panel.content, panel.sessionContext);
}
