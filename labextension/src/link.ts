import { ISessionContext } from '@jupyterlab/apputils';
import { CommsOverSubshells, Kernel } from '@jupyterlab/services';
import { JSONObject } from '@lumino/coreutils';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import { IKernelSide, TARGET, ask, hand, isUrgent } from './kernelside';
import { Subshell } from './subshell';

/**
 * How a notebook stands to seglam: no kernel, one that starts, another language, a Python without seglam,
 * seglam not loaded, seglam without a panel, or connected.
 */
export type Standing =
  'none' | 'starting' | 'foreign' | 'missing' | 'unloaded' | 'older' | 'connected';

const PATIENCE = 2000; // milliseconds a comm waits for its subshell

/** The wire between one notebook and the seglam in its kernel; it outlives kernels. */
export class Link implements IDisposable {
  /**
   * @param context - of the notebook.
   * @param concerned - whether the notebook has to do with seglam at all; where not, its kernel is never asked.
   */
  constructor(
    private readonly context: ISessionContext,
    private readonly concerned: () => boolean
  ) {
    context.kernelChanged.connect(this.start, this);
    context.statusChanged.connect(this.onStatus, this);
    void context.ready.then(() => this.start());
  }

  get standing(): Standing {
    return this._standing;
  }

  /** Version of seglam in the kernel, empty while it is not known. */
  get version(): string {
    return this.side?.version ?? '';
  }

  /** Language of the kernel, empty while it is not known. */
  get language(): string {
    return this._language;
  }

  /** The last whole state the kernel told, null before the first. */
  get state(): JSONObject | null {
    return this._state;
  }

  /** What the kernel told this link alone when it was opened, null before; without it nothing is approved. */
  get session(): JSONObject | null {
    return this._session;
  }

  /** Told after every change of the standing. */
  get changed(): ISignal<this, Standing> {
    return this._changed;
  }

  /** Told after every change of the state. */
  get stateChanged(): ISignal<this, JSONObject> {
    return this._stateChanged;
  }

  /** Told what came of something that was sent. */
  get event(): ISignal<this, JSONObject> {
    return this._event;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  /** Send to the kernel; what is sent while there is no wire is lost, as nobody could answer it. */
  send(message: JSONObject): void {
    const comm = this.comm;
    const kernel = this.context.session?.kernel;
    if (!comm || comm.isDisposed || !kernel) {
      return;
    }
    if (
      isUrgent(message) &&
      kernel.status === 'busy' &&
      kernel.supportsSubshells &&
      this.subshell
    ) {
      void hand(this.subshell, comm.commId, message).catch(console.warn);
    } else {
      comm.send(message);
    }
  }

  /** Have the panel show the page of a procedure, as soon as there is one. */
  show(procedure: string): void {
    const wanted = { kind: 'show', procedure };
    if (this._standing === 'connected') {
      this._event.emit(wanted);
    } else {
      this._wanted = wanted;
    }
  }

  /** What the panel is to show first; told once. */
  takeWanted(): JSONObject | null {
    const wanted = this._wanted;
    this._wanted = null;
    return wanted;
  }

  /** Look again: something ran that may have loaded seglam. */
  refresh(): void {
    if (this.looking) {
      this.again = true; // what is being asked now may have been answered before it
    } else if (this._standing !== 'connected') {
      void this.look();
    }
  }

  dispose(): void {
    if (this._disposed) {
      return;
    }
    this._disposed = true;
    this.hangUp(false);
    Signal.clearData(this);
  }

  private start(): void {
    this.hangUp(true);
    if (this.context.session?.kernel) {
      this.set('starting');
      void this.look();
    } else {
      this.set(this.context.isReady ? 'none' : 'starting');
    }
  }

  private onStatus(_: ISessionContext, status: Kernel.Status): void {
    if (status === 'restarting' || status === 'autorestarting' || status === 'terminating') {
      this.hangUp(true);
      this.set('starting');
    } else if (status === 'dead') {
      this.hangUp(true);
      this.set('none');
    } else if (status === 'idle' && this._standing === 'starting' && !this.looking) {
      void this.look(); // not while we look: our own question ends with the kernel idle as well
    }
  }

  /** Find out how the kernel stands, and connect where it can be. */
  private async look(): Promise<void> {
    const kernel = this.context.session?.kernel;
    if (!kernel || kernel.isDisposed) {
      return;
    }
    const turn = this.turn;
    const late = () => this._disposed || turn !== this.turn || kernel.isDisposed;
    this.looking = true;
    try {
      await this.ask(kernel, late);
    } catch {
      // a kernel that goes away while it is asked answers nothing; it is asked again when it is idle
    }
    if (!late()) {
      this.looking = false;
      if (this.again) {
        this.again = false;
        this.refresh();
      }
    }
  }

  private async ask(kernel: Kernel.IKernelConnection, late: () => boolean): Promise<void> {
    const info = await kernel.info;
    this._language = info.language_info.name;
    if (late()) {
      return;
    }
    if (this._language !== 'python') {
      this.set('foreign');
    } else if (!this.concerned()) {
      this.set('unloaded');
    } else {
      this.subshell ??= new Subshell(kernel);
      const side = await ask(this.subshell);
      if (!late()) {
        await this.take(kernel, side, late);
      }
    }
  }

  private async take(
    kernel: Kernel.IKernelConnection,
    side: IKernelSide,
    late: () => boolean
  ): Promise<void> {
    this.side = side;
    if (!side.loaded) {
      this.set(side.installed ? 'unloaded' : 'missing');
    } else if (!side.panel) {
      this.set('older');
    } else {
      const comm = await connected(kernel);
      if (late()) {
        comm.dispose();
        return;
      }
      this.listen(comm);
    }
  }

  private listen(comm: Kernel.IComm): void {
    this.comm = comm;
    comm.onMsg = message => this.receive(message.content.data);
    comm.onClose = () => {
      if (this.comm === comm) {
        this.comm = null;
        this.set('unloaded');
      }
    };
    comm.open();
    this.send({ op: 'open' });
    this.set('connected');
  }

  private receive(data: JSONObject): void {
    if (data.state) {
      this.keep(data.state as JSONObject);
    } else if (data.patch) {
      this.keep({ ...this._state, ...(data.patch as JSONObject) });
    }
    if (data.event) {
      const event = data.event as JSONObject;
      this._session = event.kind === 'session' ? event : this._session;
      this._event.emit(event);
    }
  }

  private keep(state: JSONObject): void {
    this._state = state;
    this._stateChanged.emit(state);
  }

  /** End the wire; `gone` where the kernel at its other end is no more the one it was. */
  private hangUp(gone: boolean): void {
    this.turn++; // whatever was being asked is of no interest any more
    this.looking = false;
    this.again = false;
    const comm = this.comm;
    this.comm = null;
    this._state = null;
    this._session = null;
    this.side = null;
    if (comm && !comm.isDisposed) {
      if (gone) {
        comm.dispose();
      } else {
        comm.close();
      }
    }
    if (gone) {
      this.subshell?.forget();
    } else {
      this.subshell?.dispose();
    }
    this.subshell = null;
  }

  private set(standing: Standing): void {
    if (standing !== this._standing) {
      this._standing = standing;
      this._changed.emit(standing);
    }
  }

  private comm: Kernel.IComm | null = null;
  private side: IKernelSide | null = null;
  private subshell: Subshell | null = null;
  private turn = 0;
  private looking = false;
  private again = false;
  private _disposed = false;
  private _language = '';
  private _standing: Standing = 'starting';
  private _state: JSONObject | null = null;
  private _session: JSONObject | null = null;
  private _wanted: JSONObject | null = null;
  private readonly _changed = new Signal<this, Standing>(this);
  private readonly _event = new Signal<this, JSONObject>(this);
  private readonly _stateChanged = new Signal<this, JSONObject>(this);
}

/** A comm on a subshell, whatever the user's setting says of other comms: Stop is pressed while a cell runs. */
async function connected(kernel: Kernel.IKernelConnection): Promise<Kernel.IComm> {
  const comm = kernel.createComm(TARGET);
  comm.commsOverSubshells = CommsOverSubshells.PerCommTarget;
  const started = (comm as { subshellStarted?: Promise<void> }).subshellStarted;
  if (kernel.supportsSubshells && started) {
    const patience = new Promise<void>(done => setTimeout(done, PATIENCE));
    await Promise.race([started.catch(() => undefined), patience]);
  }
  return comm;
}
