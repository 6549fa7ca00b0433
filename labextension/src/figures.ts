import { JSONObject, JSONValue } from '@lumino/coreutils';

const CENT = 0.01;

/** The figures of a state that fit into a line. */
export interface IFigures {
  /** Hits of 100 questions, null where nothing was asked. */
  rate: number | null;
  /** Money saved as it is shown, tokens where no price is known; empty where nothing was saved. */
  saved: string;
}

/** The figures of the state the panel shows. */
export function figures(state: JSONObject | null): IFigures {
  const now = fields(state?.now);
  const saved = fields(now.saved);
  return {
    rate: typeof now.rate === 'number' ? Math.round(now.rate * 100) : null,
    saved: cost(saved.usd, saved.tokens)
  };
}

function cost(usd: JSONValue | undefined, tokens: JSONValue | undefined): string {
  if (typeof usd === 'number' && usd > 0) {
    return usd < CENT ? '< $0.01' : `≈ $${usd.toFixed(2)}`;
  }
  return typeof tokens === 'number' && tokens > 0 ? `${tokens.toLocaleString('en')} tokens` : '';
}

function fields(value: JSONValue | undefined): Record<string, JSONValue | undefined> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
