import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IEditorExtensionRegistry, IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { IAnswer } from './answers';
import { chips, recording } from './chips';
import { runCell } from './cells';
import { commands, ids } from './commands';
import { icon } from './icon';
import { Link } from './link';
import { Links } from './links';
import { Preferences, SETTINGS } from './preferences';
import { prose } from './prose';
import { Sidebar } from './sidebar';
import { statusItem } from './status';
import { happened } from './happened';
import { IWanted, Tabs } from './tabs';

const wishes = new Preferences();

const cells: JupyterFrontEndPlugin<void> = {
  id: '@seglam/labextension:prose',
  description: 'Shows questions as prose, with the names in them marked.',
  autoStart: true,
  requires: [IEditorExtensionRegistry],
  activate: (_: JupyterFrontEnd, registry: IEditorExtensionRegistry) =>
    registry.addExtension(prose(wishes))
};

const sidebar: JupyterFrontEndPlugin<void> = {
  id: SETTINGS,
  description: 'The reasoning cache beside the notebook, chips on answers, commands.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [
    ITranslator,
    ISettingRegistry,
    ICommandPalette,
    ILayoutRestorer,
    IStatusBar,
    IEditorLanguageRegistry
  ],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    translator: ITranslator | null,
    settings: ISettingRegistry | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    bar: IStatusBar | null,
    languages: IEditorLanguageRegistry | null
  ) => {
    const trans = (translator ?? nullTranslator).load('seglam');
    const links = new Links(tracker);
    const tabs = new Tabs(app, languages, trans);
    const show = () => void app.commands.execute(ids.show);
    const deeds = {
      load: () => void (links.panel && runCell(links.panel, '%load_ext seglam', true)),
      diff: (link: Link, wanted: IWanted) => tabs.compare(link, wanted),
      event: happened(links)
    };
    const widget = new Sidebar(links, deeds, trans, icon);
    app.shell.add(widget, 'left', { rank: 900, type: 'Reasoning' });
    restorer?.add(widget, widget.id);
    commands({ app, links, trans, diff: name => tabs.compare(links.current!, { name }) }, palette);
    const open = ({ procedure, number }: IAnswer) => {
      show();
      links.current?.show(`${procedure}@${number}`);
    };
    tracker.widgetAdded.connect((_, panel) => chips(panel, wishes, trans, open));
    tracker.forEach(panel => chips(panel, wishes, trans, open));
    recording(wishes);
    if (bar) {
      statusItem(bar, links, wishes, trans, show);
    }
    // without settings the defaults hold; a broken file of settings is reported by JupyterLab itself
    void (settings && wishes.follow(settings).catch(console.warn));
  }
};

export default [cells, sidebar];
