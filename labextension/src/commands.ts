import { JupyterFrontEnd } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { CodeCell } from '@jupyterlab/cells';
import { TranslationBundle } from '@jupyterlab/translation';
import { answerOf } from './answers';
import { addCell, runCell } from './cells';
import { Links } from './links';
import { functionOf, turnIntoProcedure } from './procedures';

/** Command ids; settings name them for shortcuts and menus. */
export const ids = {
  show: 'seglam:show',
  ask: 'seglam:ask',
  why: 'seglam:why',
  code: 'seglam:code',
  diff: 'seglam:diff',
  stop: 'seglam:stop',
  procedure: 'seglam:procedure'
} as const;

/** What commands need of the rest. */
export interface ICommanded {
  app: JupyterFrontEnd;
  links: Links;
  trans: TranslationBundle;
  /** Show the versions of a procedure in a tab. */
  diff(procedure: string): void;
}

/** Register all commands, and put them into the palette. */
export function commands(given: ICommanded, palette: ICommandPalette | null): void {
  const { app, links, trans } = given;
  const add = (
    id: string,
    label: string,
    execute: () => unknown,
    isEnabled = () => !!links.panel
  ) => {
    app.commands.addCommand(id, { label, execute, isEnabled });
    palette?.addItem({ command: id, category: trans.__('Reasoning') });
  };
  const answer = () => {
    const cell = links.panel?.content.activeCell;
    return cell instanceof CodeCell ? answerOf(cell.model) : null;
  };
  const connected = () => links.current?.standing === 'connected';
  add(
    ids.show,
    trans.__('Show the Reasoning Cache'),
    () => app.shell.activateById('seglam-sidebar'),
    () => true
  );
  add(ids.ask, trans.__('Ask a Question in a New Cell'), () => addCell(links.panel!, '%%reason\n'));
  add(ids.why, trans.__('Explain the Last Answer'), () => runCell(links.panel!, '%seglam why'));
  add(
    ids.code,
    trans.__('Edit the Procedure Behind This Answer Below'),
    () => links.current?.send({ op: 'edit', procedure: answer()?.procedure ?? '' }),
    () => connected() && !!answer()
  );
  add(
    ids.diff,
    trans.__('Compare the Versions Behind This Answer'),
    () => given.diff(answer()?.procedure ?? ''),
    () => connected() && !!answer()
  );
  add(ids.stop, trans.__('Stop Thinking'), () => links.current?.send({ op: 'stop' }), connected);
  add(
    ids.procedure,
    trans.__('Turn This Code Cell into a Procedure…'),
    () => turnIntoProcedure(links.panel!, trans),
    () => functionOf(links.panel?.content.activeCell?.model.sharedModel.getSource() ?? '') !== null
  );
}
