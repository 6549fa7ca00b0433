import { JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget } from '@jupyterlab/apputils';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { TranslationBundle } from '@jupyterlab/translation';
import { JSONObject } from '@lumino/coreutils';
import { Versions, versionsTab } from './diff';
import { Link } from './link';
import { twoVersions } from './versions';

/** Which versions are to be compared. */
export interface IWanted {
  name: string;
  old?: number;
  new?: number;
}

/** Tabs that compare versions, each once. */
export class Tabs {
  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly languages: IEditorLanguageRegistry | null,
    private readonly trans: TranslationBundle
  ) {}

  /** Show two versions of a procedure, the last two where none are named, once the kernel has told of them. */
  compare(link: Link, wanted: IWanted): void {
    const known = link.state?.versions as JSONObject | null | undefined;
    if (
      known &&
      known.name === wanted.name &&
      known.old === wanted.old &&
      known.new === wanted.new
    ) {
      void this.open(known);
      return;
    }
    const once = (_: Link, state: JSONObject) => {
      const told = state.versions as JSONObject | null;
      if (told && told !== known && told.name === wanted.name) {
        link.stateChanged.disconnect(once);
        void this.open(told);
      }
    };
    link.stateChanged.connect(once);
    link.send({ op: 'versions', ...wanted });
  }

  private async open(told: JSONObject): Promise<void> {
    const two = twoVersions(told, this.trans);
    const id = `${two.name}@${two.old}:${two.new}`;
    const known = this.tabs.get(id);
    const tab =
      known && !known.isDisposed ? known : await versionsTab(two, this.languages, this.trans);
    this.tabs.set(id, tab);
    if (!tab.isAttached) {
      this.app.shell.add(tab, 'main');
    }
    this.app.shell.activateById(tab.id);
  }

  private readonly tabs = new Map<string, MainAreaWidget<Versions>>();
}
