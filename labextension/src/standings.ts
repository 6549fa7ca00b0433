import { TranslationBundle } from '@jupyterlab/translation';
import { Link } from './link';

/** What is said of a notebook without a panel, and whether loading seglam would help. */
export interface IExplanation {
  text: string;
  loads: boolean;
}

/** Why there is no panel, in a sentence and with what to do. */
export function explained(link: Link | null, trans: TranslationBundle): IExplanation {
  const say = (text: string, loads = false) => ({ text, loads });
  switch (link?.standing) {
    case undefined:
      return say(trans.__('Open a notebook to see its reasoning cache.'));
    case 'none':
      return say(trans.__('This notebook has no kernel. Start one to see its reasoning cache.'));
    case 'starting':
      return say(trans.__('Waiting for the kernel.'));
    case 'foreign':
      return say(trans.__('This kernel speaks %1; seglam works in Python kernels.', link.language));
    case 'missing':
      return say(
        trans.__(
          'seglam is not installed where this kernel runs. Install it there: %1',
          'pip install seglam'
        )
      );
    case 'older':
      return say(
        trans.__(
          'The seglam of this kernel (%1) is older than this sidebar and has no panel. Update it: %2',
          link.version || trans.__('unknown version'),
          'pip install -U seglam'
        )
      );
    default:
      return say(trans.__('seglam is not loaded in this kernel.'), true);
  }
}
