// The front end that the widget and the sidebar share; `npm run build` copies it here from seglam_magics/panel/static.
import { JSONObject } from '@lumino/coreutils';

export interface IChannel {
  state(): JSONObject | null;
  onState(told: (state: JSONObject) => void): () => void;
  onEvent(told: (event: JSONObject) => void): () => void;
  send(message: JSONObject): void;
  where: string;
  openDiff?(wanted: { name: string; old: number; new: number }): void;
  say?(text: string): string;
}

export function mount(element: HTMLElement, channel: IChannel): () => void;
