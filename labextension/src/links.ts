import { INotebookTracker, NotebookActions, NotebookPanel } from '@jupyterlab/notebook';
import { ISignal, Signal } from '@lumino/signaling';
import { Link } from './link';

const CONCERNED = /seglam|%reason/;

/** The links of all open notebooks, and which is the one in front. */
export class Links {
  constructor(private readonly tracker: INotebookTracker) {
    tracker.currentChanged.connect(() => this._currentChanged.emit(this.current));
    NotebookActions.executed.connect((_, { notebook, cell }) => {
      if (CONCERNED.test(cell.model.sharedModel.getSource())) {
        this.of(tracker.find(panel => panel.content === notebook))?.refresh();
      }
    });
  }

  /** The link of the notebook in front, null where there is none. */
  get current(): Link | null {
    return this.of(this.tracker.currentWidget ?? undefined);
  }

  /** The notebook in front. */
  get panel(): NotebookPanel | null {
    return this.tracker.currentWidget;
  }

  /** Told when another notebook comes to the front, also when there is none any more. */
  get currentChanged(): ISignal<this, Link | null> {
    return this._currentChanged;
  }

  /** The notebook of a link. */
  panelOf(link: Link): NotebookPanel | undefined {
    return this.tracker.find(panel => this.known.get(panel) === link);
  }

  /** The link of a notebook, made at the first look: a notebook is in front before it is said to be there. */
  private of(panel: NotebookPanel | undefined): Link | null {
    if (!panel || panel.isDisposed) {
      return null;
    }
    const known = this.known.get(panel);
    if (known) {
      return known;
    }
    const link = new Link(panel.sessionContext, () => concerned(panel));
    this.known.set(panel, link);
    panel.disposed.connect(() => link.dispose());
    return link;
  }

  private readonly known = new WeakMap<NotebookPanel, Link>();
  private readonly _currentChanged = new Signal<this, Link | null>(this);
}

/** Whether a notebook says anything of seglam; kernels of others are left alone. */
function concerned(panel: NotebookPanel): boolean {
  const cells = panel.content.model?.sharedModel.cells ?? [];
  return cells.some(cell => CONCERNED.test(cell.getSource()));
}
