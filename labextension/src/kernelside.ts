import { JSONObject } from '@lumino/coreutils';
import { Subshell } from './subshell';

/** The comm target of the panel in the kernel. */
export const TARGET = 'seglam.panel';

/** What a kernel says of the seglam in it. */
export interface IKernelSide {
  installed: boolean;
  loaded: boolean;
  /** Whether it has the panel that the sidebar speaks with. */
  panel: boolean;
  /** Of the package; empty where it is not installed. */
  version: string;
}

// Nothing is imported that is not there already, so that asking changes nothing in the kernel.
const QUESTIONS = {
  installed: "__import__('importlib.util').util.find_spec('seglam') is not None",
  version: "__import__('importlib.metadata').metadata.version('seglam')",
  loaded: "'reason' in get_ipython().magics_manager.magics['cell']",
  panel: `'${TARGET}' in __import__('comm').get_comm_manager().targets`
};

/** Ask a kernel what it has of seglam. */
export async function ask(subshell: Subshell): Promise<IKernelSide> {
  const said = await subshell.evaluate(QUESTIONS);
  return {
    installed: said.installed === 'True',
    loaded: said.loaded === 'True',
    panel: said.panel === 'True',
    version: (said.version ?? '').replace(/^'|'$/g, '')
  };
}

/** What is said to a run: it has to be heard while a cell runs, whatever becomes of comms. */
const URGENT = new Set(['stop', 'hurry', 'answer', 'strict', 'update', 'next', 'discard', 'halt']);

export function isUrgent(message: JSONObject): boolean {
  return URGENT.has(String(message.op));
}

/** Hand a message to the panel behind a comm without sending it over the comm; whether it was there. */
export async function hand(
  subshell: Subshell,
  commId: string,
  message: JSONObject
): Promise<boolean> {
  // JSON text within JSON text: as such it is a literal of Python too
  const [target, text] = [commId, JSON.stringify(message)].map(part => JSON.stringify(part));
  const said = `__import__('seglam_magics.panel', fromlist=['said']).said(${target}, ${text})`;
  return (await subshell.evaluate({ said })).said === 'True';
}
