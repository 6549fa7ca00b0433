import { TranslationBundle } from '@jupyterlab/translation';
import { LabIcon } from '@jupyterlab/ui-components';
import { JSONObject } from '@lumino/coreutils';
import { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { Link } from './link';
import { Links } from './links';
import { IChannel, mount } from './panel';
import { explained } from './standings';
import { IWanted } from './tabs';

/** What the sidebar cannot do by itself. */
export interface IDeeds {
  /** Add `%load_ext seglam` to the notebook and run it. */
  load(): void;
  /** Show two versions of a procedure in a tab. */
  diff(link: Link, wanted: IWanted): void;
  /** Something came of what was asked. */
  event(link: Link, event: JSONObject): void;
}

/** The sidebar: the panel of the notebook in front, or a sentence why there is none. */
export class Sidebar extends Widget {
  constructor(
    private readonly links: Links,
    private readonly deeds: IDeeds,
    private readonly trans: TranslationBundle,
    icon: LabIcon
  ) {
    super();
    this.id = 'seglam-sidebar';
    this.title.icon = icon;
    this.title.caption = trans.__('Reasoning cache (seglam)');
    this.addClass('seglam-sidebar');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Reasoning cache'));
    this.note.className = 'seglam-standing';
    this.note.setAttribute('role', 'status');
    this.node.append(this.note);
    links.currentChanged.connect(this.update, this);
    this.update();
  }

  protected onUpdateRequest(_: Message): void {
    const link = this.links.current;
    if (link) {
      this.follow(link);
    }
    // a notebook in another language has nothing to do with us: the tab goes, what is open says why
    this.title.className = link?.standing === 'foreign' ? 'seglam-hidden' : '';
    const connected = link?.standing === 'connected';
    this.node.dataset.standing = link?.standing ?? 'closed';
    this.note.hidden = connected;
    this.note.replaceChildren(...(connected ? [] : this.sentences(link)));
    for (const [other, host] of this.hosts) {
      host.hidden = other !== link || !connected;
    }
  }

  private follow(link: Link): void {
    if (this.followed.has(link)) {
      return;
    }
    this.followed.add(link);
    link.changed.connect(() => {
      this.settle(link);
      this.update();
    });
    link.event.connect((_, event) => this.deeds.event(link, event));
    this.links.panelOf(link)?.disposed.connect(() => this.unmount(link));
    this.settle(link);
  }

  /** Mount the panel of a link that has come up, take it away from one that is down. */
  private settle(link: Link): void {
    if (link.standing !== 'connected') {
      this.unmount(link);
      return;
    }
    const host = document.createElement('div');
    host.className = 'seglam-host';
    this.hosts.set(link, host);
    this.node.append(host);
    this.ends.set(link, mount(host, channel(link, this.deeds, this.trans)));
  }

  private unmount(link: Link): void {
    this.ends.get(link)?.();
    this.ends.delete(link);
    this.hosts.get(link)?.remove();
    this.hosts.delete(link);
  }

  private sentences(link: Link | null): HTMLElement[] {
    const { text, loads } = explained(link, this.trans);
    const sentence = document.createElement('p');
    sentence.textContent = text;
    if (!loads) {
      return [sentence];
    }
    const button = document.createElement('button');
    button.className = 'jp-Button jp-mod-styled jp-mod-accept';
    button.textContent = this.trans.__('Add %1 as the first cell and run it', '%load_ext seglam');
    button.onclick = () => this.deeds.load();
    return [sentence, button];
  }

  private readonly note = document.createElement('div');
  private readonly hosts = new Map<Link, HTMLElement>();
  private readonly ends = new Map<Link, () => void>();
  private readonly followed = new WeakSet<Link>();
}

/** What the panel speaks through. */
function channel(link: Link, deeds: IDeeds, trans: TranslationBundle): IChannel {
  return {
    where: 'sidebar',
    state: () => link.state,
    send: (message: JSONObject) => link.send(message),
    openDiff: (wanted: IWanted) => deeds.diff(link, wanted),
    say: (text: string) => trans.__(text),
    onState: (told: (state: JSONObject) => void) => {
      const slot = (_: Link, state: JSONObject) => told(state);
      link.stateChanged.connect(slot);
      return () => void link.stateChanged.disconnect(slot);
    },
    onEvent: (told: (event: JSONObject) => void) => {
      const slot = (_: Link, event: JSONObject) => told(event);
      link.event.connect(slot);
      for (const early of [link.session, link.takeWanted()]) {
        if (early) {
          told(early); // it came when the link did, or before
        }
      }
      return () => void link.event.disconnect(slot);
    }
  };
}
