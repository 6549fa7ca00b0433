import { IStatusBar } from '@jupyterlab/statusbar';
import { TranslationBundle } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { IFigures, figures } from './figures';
import { Link } from './link';
import { Links } from './links';
import { Preferences } from './preferences';

/** Put the hit rate and what was saved into the status bar, for the notebook in front. */
export function statusItem(
  bar: IStatusBar,
  links: Links,
  wishes: Preferences,
  trans: TranslationBundle,
  open: () => void
): void {
  const item = new Widget({ node: document.createElement('button') });
  item.addClass('seglam-status');
  item.title.caption = trans.__(
    'Share of questions answered without a model, and what that saved. Opens the reasoning cache.'
  );
  item.node.onclick = open;
  item.node.setAttribute('type', 'button');
  const changed = new Signal<Widget, void>(item);
  const shown = () => wishes.status && links.current?.standing === 'connected';
  const show = () => {
    item.node.textContent = text(figures(links.current?.state ?? null), trans);
    item.node.title = item.title.caption;
    changed.emit();
  };
  const followed = new WeakSet<Link>();
  const follow = () => {
    const link = links.current;
    if (link && !followed.has(link)) {
      followed.add(link);
      link.changed.connect(show);
      link.stateChanged.connect(show);
    }
    show();
  };
  links.currentChanged.connect(follow);
  wishes.changed.connect(show);
  bar.registerStatusItem('@seglam/labextension:status', {
    item,
    align: 'left',
    rank: 900,
    isActive: () => !!shown(),
    activeStateChanged: changed
  });
  follow();
}

function text({ rate, saved }: IFigures, trans: TranslationBundle): string {
  if (rate === null) {
    return trans.__('seglam');
  }
  return saved ? trans.__('seglam %1 % · %2 saved', rate, saved) : trans.__('seglam %1 %', rate);
}
