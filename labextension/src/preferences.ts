import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ISignal, Signal } from '@lumino/signaling';

/** Where the settings are described. */
export const SETTINGS = '@seglam/labextension:sidebar';

/** What the user wishes to see; the defaults until the settings are read, and where there are none. */
export class Preferences {
  chips = true;
  prose = true;
  status = true;
  record = true;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Follow the settings. */
  async follow(registry: ISettingRegistry): Promise<void> {
    const settings = await registry.load(SETTINGS);
    const take = () => {
      for (const name of ['chips', 'prose', 'status', 'record'] as const) {
        this[name] = settings.get(name).composite !== false;
      }
      this._changed.emit();
    };
    settings.changed.connect(take);
    take();
  }

  private readonly _changed = new Signal<this, void>(this);
}
