import { TranslationBundle } from '@jupyterlab/translation';
import { JSONObject, JSONValue } from '@lumino/coreutils';

/** Two versions of a procedure. */
export interface ITwoVersions {
  name: string;
  old: number;
  new: number;
  before: string;
  after: string;
  /** Sentences on what differs besides the code. */
  notes: readonly string[];
}

/**
 * Two versions as the kernel tells what differs between them: `name old new meaning templates properties code`,
 * and `before` and `after` where it sends the whole sources.
 */
export function twoVersions(told: JSONObject, trans: TranslationBundle): ITwoVersions {
  const lines = texts(told.code);
  const whole = typeof told.before === 'string' && typeof told.after === 'string';
  return {
    name: String(told.name ?? ''),
    old: Number(told.old ?? 0),
    new: Number(told.new ?? 0),
    before: whole ? String(told.before) : side(lines, '-'),
    after: whole ? String(told.after) : side(lines, '+'),
    notes: [
      ...Object.entries(object(told.meaning)).map(([field, both]) => {
        const [before, after] = Array.isArray(both) ? both : [];
        return trans.__('%1: %2 became %3', field, shown(before), shown(after));
      }),
      ...gained(told.templates, trans.__('wording'), trans),
      ...gained(told.parameters, trans.__('parameter'), trans),
      ...gained(told.properties, trans.__('property'), trans)
    ]
  };
}

/** One side of a unified difference; where lines are left out, a line says so. */
function side(lines: readonly string[], sign: string): string {
  const body = lines.filter(line => !line.startsWith('--- ') && !line.startsWith('+++ '));
  const kept = body.filter(
    (line, at) => line[0] === ' ' || line[0] === sign || (line.startsWith('@@') && at > 0)
  );
  return kept.map(line => (line.startsWith('@@') ? '# …' : line.slice(1))).join('\n');
}

function* gained(
  value: JSONValue | undefined,
  kind: string,
  trans: TranslationBundle
): Iterable<string> {
  const sets = object(value);
  for (const text of texts(sets.removed)) {
    yield trans.__('− %1 lost: %2', kind, text);
  }
  for (const text of texts(sets.added)) {
    yield trans.__('+ %1 gained: %2', kind, text);
  }
}

function object(value: JSONValue | undefined): Record<string, JSONValue | undefined> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function texts(value: JSONValue | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function shown(value: JSONValue | undefined): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text || '–';
}
