import { Kernel } from '@jupyterlab/services';
import { IDisposable } from '@lumino/disposable';

/**
 * A subshell of our own, on a connection of its own: what is asked here is answered while a cell runs,
 * whatever the front end does with comms. Where the kernel has no subshells, its shell is asked, which then waits.
 */
export class Subshell implements IDisposable {
  constructor(private readonly kernel: Kernel.IKernelConnection) {}

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** Evaluate Python expressions in silence; gives the `repr` of each, none for one that failed. */
  async evaluate(expressions: Record<string, string>): Promise<Record<string, string | undefined>> {
    const future = (await this.connection()).requestExecute({
      code: '',
      silent: true,
      store_history: false,
      allow_stdin: false,
      user_expressions: expressions
    });
    const content = (await future.done).content;
    const found: object = content.status === 'ok' ? content.user_expressions : {};
    return Object.fromEntries(Object.entries(found).map(([name, value]) => [name, plain(value)]));
  }

  /** Forget the subshell without a word to the kernel: a restarted kernel knows nothing of it. */
  forget(): void {
    void this.opened?.then(connection => {
      connection.subshellId = null;
      connection.dispose();
    });
    this.opened = null;
  }

  dispose(): void {
    this.disposed = true;
    if (this.kernel.isDisposed) {
      this.forget();
      return;
    }
    void this.opened?.then(connection => connection.dispose()); // which deletes the subshell as well
    this.opened = null;
  }

  private async connection(): Promise<Kernel.IKernelConnection> {
    await this.kernel.info;
    if (!this.kernel.supportsSubshells) {
      return this.kernel;
    }
    this.opened ??= open(this.kernel).catch(error => {
      this.opened = null;
      throw error;
    });
    return this.opened;
  }

  private opened: Promise<Kernel.IKernelConnection> | null = null;
  private disposed = false;
}

async function open(kernel: Kernel.IKernelConnection): Promise<Kernel.IKernelConnection> {
  const reply = await kernel.requestCreateSubshell({}).done;
  const connection = kernel.clone({ handleComms: false });
  connection.subshellId = reply.content.subshell_id ?? null;
  return connection;
}

function plain(value: unknown): string | undefined {
  const data = (value as { status?: string; data?: Record<string, unknown> }) ?? {};
  const text = data.status === 'ok' ? data.data?.['text/plain'] : undefined;
  return typeof text === 'string' ? text : undefined;
}
