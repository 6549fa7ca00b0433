import { ICodeCellModel } from '@jupyterlab/cells';
import { JSONObject, JSONValue } from '@lumino/coreutils';

/** What an answer is kept under in the outputs of its cell. */
export const MIME = 'application/vnd.seglam.answer+json';

/** The key of a cell's metadata under which the answer is kept as a reference. */
export const KEY = 'seglam';

const QUESTION = /^\s*%%reason\b(?!\?)/;
const LONGEST = 200; // characters of a name; a saved notebook may hold anything

/** What answered a cell. */
export interface IAnswer {
  procedure: string;
  number: number;
  sha256: string;
  hit: boolean;
  /** Hash of the cell that was answered, null where nobody kept it. */
  asked: string | null;
}

/** Whether a cell asks a question. */
export function isQuestion(source: string): boolean {
  return QUESTION.test(source);
}

/** The answer a cell shows or has kept; null where it has none. */
export function answerOf(model: ICodeCellModel): IAnswer | null {
  const kept = read(model.getMetadata(KEY) as JSONValue | undefined);
  for (let index = model.outputs.length - 1; index >= 0; index--) {
    const shown = read(model.outputs.get(index).data[MIME] as JSONValue | undefined);
    if (shown) {
      return { ...shown, asked: kept && kept.sha256 === shown.sha256 ? kept.asked : null };
    }
  }
  return null;
}

/** An answer as a cell's metadata keep it: a reference and a hash, no value. */
export function record(answer: IAnswer, source: string): JSONObject {
  const { procedure, number, sha256, hit } = answer;
  return { schema: 1, procedure, number, sha256, hit, asked: hash(source) };
}

/** A hash that tells texts apart; it guards nothing. */
export function hash(text: string): string {
  let [one, two] = [0xdeadbeef, 0x41c6ce57];
  for (const letter of text.trim()) {
    const code = letter.codePointAt(0)!;
    one = Math.imul(one ^ code, 2654435761);
    two = Math.imul(two ^ code, 1597334677);
  }
  return [one, two].map(part => (part >>> 0).toString(16).padStart(8, '0')).join('');
}

function read(value: JSONValue | undefined): IAnswer | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return null;
  }
  const { schema, procedure, number, sha256, hit, asked } = value;
  if (
    schema !== 1 ||
    typeof procedure !== 'string' ||
    typeof number !== 'number' ||
    typeof hit !== 'boolean'
  ) {
    return null;
  }
  return {
    procedure: procedure.slice(0, LONGEST),
    number,
    sha256: String(sha256 ?? ''),
    hit,
    asked: typeof asked === 'string' ? asked : null
  };
}
