// @ts-check
/**
 * The panel: one front end for the widget and for the sidebar.
 *
 * This file is a plain ES module without imports. It is used in two ways:
 *
 * - anywidget calls `render({model, el})` (the default export has it as well);
 * - the sidebar calls `mount(el, channel)` and gets a function that takes everything back.
 *
 * Over the wire (comm target `seglam.panel`, data of a comm message; custom messages of the widget) plain JSON goes
 *
 *     down   {state: {...}}   the whole state, the answer to {op: 'open'}
 *            {patch: {...}}   its top-level keys that have changed; a channel merges them: {...state, ...patch}
 *            {event: {...}}   {kind: 'done' | 'error' | 'cell' | 'page' | 'session', ...}: what came of an op; never kept
 *                             {kind: 'show', procedure}: a front end asks for the page of a procedure
 *     up     {op: 'open'}     first, by whoever made the channel; then {op: WORD, id?: number, ...}, see panel/ops.toml
 *
 * State carries `schema` (1). A panel that meets another number says that the other side is older or newer.
 * Whatever comes over the wire is shown as text nodes, never as markup. Class names begin with `seglam-`; the style
 * sheet is panel.css beside this file, whose root is `.seglam-panel`.
 *
 * @typedef {Record<string, any>} Data
 * @typedef {object} Channel
 * @property {() => Data | null} state the last whole state that came, null before the first
 * @property {(told: (state: Data) => void) => (() => void)} onState told after every change; returns what ends it
 * @property {(told: (event: Data) => void) => (() => void)} onEvent told every event; returns what ends it
 * @property {(message: Data) => void} send to the kernel
 * @property {string} [where] 'widget' or 'sidebar': who inserts cells
 * @property {(detail: Data) => void} [openDiff] show {name, old, new} in a tab of its own
 * @property {(text: string) => string} [say] translates what stands here in English
 * @typedef {(message: Data) => void} Send
 */

const SCHEMA = 1;
const ROW = 48; // pixels of a row of the list
const PAGE = 100;

// ---------------------------------------------------------------- elements; text nodes only

/**
 * An element. Properties that begin with `on` are listeners, `class` and what has a dash are attributes.
 * @param {string} tag
 * @param {Data} [facts]
 * @param {...(Node | string | number | null | undefined | false)} children
 * @returns {any}
 */
function h(tag, facts = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(facts)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name in node && !name.includes('-')) /** @type {any} */ (node)[name] = value;
    else node.setAttribute(name === 'class' ? 'class' : name, value === true ? '' : String(value));
  }
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) node.append(/** @type {any} */ (child));
  }
  return node;
}

/** @param {string} tag @param {Data} facts @param {...Node} children */
function svg(tag, facts, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(facts)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/** @param {string} text @param {(event: Event) => void} onclick @param {Data} [facts] */
const button = (text, onclick, facts = {}) => h('button', { type: 'button', onclick, ...facts }, text);

/** @param {string} title @param {...any} children */
const section = (title, ...children) => h('section', {}, h('h3', {}, title), ...children);

/** Put children in place of others, and the focus back where it was. @param {Element} node @param {...any} children */
function fill(node, ...children) {
  const active = /** @type {any} */ (node.getRootNode()).activeElement;
  const key = active && node.contains(active) ? active.dataset.key : null;
  const kept = key ? { value: active.value, start: active.selectionStart, end: active.selectionEnd } : null;
  node.replaceChildren(...children.filter(child => child !== null && child !== undefined && child !== false));
  if (!key || !kept) return;
  const again = /** @type {any} */ ([...node.querySelectorAll('[data-key]')].find(e => /** @type {any} */ (e).dataset.key === key));
  if (!again) return;
  if (again.tagName === 'INPUT' && again.type !== 'number') again.value = kept.value;
  again.focus({ preventScroll: true });
  if (kept.start !== null && again.setSelectionRange && again.type === 'text') again.setSelectionRange(kept.start, kept.end);
}

// ---------------------------------------------------------------- how things are written

/** @param {number | null | undefined} usd */
const money = usd =>
  usd === null || usd === undefined ? 'price unknown' : usd === 0 ? '$0' : usd < 0.0001 ? '< $0.0001'
    : `≈ $${usd >= 1 ? usd.toFixed(2) : usd.toFixed(4)}`;

/** @param {number | null | undefined} seconds */
function span(seconds) {
  if (seconds === null || seconds === undefined) return '–';
  if (seconds < 0.001) return `${(seconds * 1000).toFixed(1)} ms`;
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 100) return `${seconds.toFixed(1)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** @param {number | null | undefined} count */
const many = count => (count ?? 0).toLocaleString('en');

/** @param {number | null | undefined} share */
const percent = share => (share === null || share === undefined ? '–' : `${Math.round(100 * share)} %`);

/** @param {number} share */
const bound = share => `${share >= 0.1 ? Math.round(100 * share) : (100 * share).toPrecision(2)} %`;

/** @param {number | null | undefined} seconds */
function when(seconds) {
  if (!seconds) return 'never';
  const at = new Date(seconds * 1000);
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** A wording with its slots as chips. @param {string} text */
function wording(text) {
  const parts = text.split(/(\{\w+\})/).map(part => (/^\{\w+\}$/.test(part) ? h('span', { class: 'seglam-slot' }, part.slice(1, -1)) : part));
  return h('span', {}, ...parts);
}

/** @param {string} text @param {string} [label] */
const code = (text, label) => h('pre', { class: 'seglam-code', tabIndex: 0, 'aria-label': label ?? 'code' }, h('code', {}, text));

/** Lines of a unified difference; each keeps its sign, so that nothing rests on colour. @param {string[]} lines */
function changes(lines) {
  const kinds = /** @type {Record<string, string>} */ ({ '+': 'seglam-added', '-': 'seglam-removed', '@': 'seglam-where' });
  const own = lines.filter(line => !line.startsWith('---') && !line.startsWith('+++'));
  return h('pre', { class: 'seglam-code', tabIndex: 0, 'aria-label': 'what differs' },
    ...own.map(line => h('span', { class: kinds[line[0]] ?? '' }, `${line}\n`)));
}

/** @param {[string, any][]} rows */
function facts(rows) {
  const kept = rows.filter(([, value]) => value !== null && value !== undefined && value !== '');
  return h('dl', { class: 'seglam-facts' }, ...kept.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]));
}

/** @param {string} text @param {string} [what] */
function copying(text, what = 'Copy') {
  const node = button(what, async () => {
    await copied(text);
    node.textContent = 'Copied';
    setTimeout(() => (node.textContent = what), 1500);
  });
  return node;
}

/** @param {string} text */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = h('textarea', { value: text, class: 'seglam-away' });
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
}

// ---------------------------------------------------------------- the whole

/**
 * Show the panel in an element.
 * @param {HTMLElement} el
 * @param {Channel} channel
 * @returns {() => void} takes everything back
 */
export function mount(el, channel) {
  const t = channel.say ?? (text => text);
  /** @type {Data} */
  const at = { view: 'now', label: '', page: 'overview', nonce: '' };
  let number = 0;
  let due = false;
  const send = (/** @type {Data} */ message) => channel.send({ ...message, id: ++number });
  const root = h('div', { class: 'seglam-panel' });
  const note = h('div', { class: 'seglam-note', role: 'status', 'aria-live': 'polite' });
  const main = h('div', { class: 'seglam-main', role: 'tabpanel', tabIndex: -1, id: `seglam-view-${Math.random().toString(36).slice(2)}` });
  const go = (/** @type {string} */ view, /** @type {Data} */ more = {}) => {
    Object.assign(at, { view, ...more });
    note.replaceChildren();
    show(true);
  };
  const shared = { send, go, at, t, channel, tell: say };
  /** @type {Record<string, (shared: any) => {node: HTMLElement, update: (state: Data) => void, asked?: () => void, event?: (event: Data) => void}>} */
  const makers = { now: nowView, list: listView, procedure: procedureView, misses: missesView, trace: traceView };
  /** @type {Record<string, ReturnType<typeof makers.now>>} */
  const views = {};
  const tabs = [['now', 'Now'], ['list', 'Procedures'], ['misses', 'Near misses'], ['trace', 'Trace']].map(([name, title]) =>
    h('button', { type: 'button', role: 'tab', 'data-view': name, 'aria-controls': main.id, id: `${main.id}-${name}`, onclick: () => go(name) }, t(title)));
  const bar = h('div', { class: 'seglam-tabs', role: 'tablist', 'aria-label': 'seglam', onkeydown: step }, ...tabs);
  root.append(bar, main, note);
  el.append(root);

  /** @param {KeyboardEvent} event */
  function step(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const here = tabs.findIndex(tab => tab.getAttribute('aria-selected') === 'true');
    const next = tabs[(here + by + tabs.length) % tabs.length];
    next.click();
    next.focus();
  }

  /** @param {boolean} moved */
  function show(moved) {
    const state = channel.state();
    const selected = at.view === 'procedure' ? 'list' : at.view;
    for (const tab of tabs) {
      const own = tab.dataset.view === selected;
      tab.setAttribute('aria-selected', String(own));
      tab.tabIndex = own ? 0 : -1;
    }
    main.setAttribute('aria-labelledby', `${main.id}-${selected}`);
    if (!state) {
      due ||= moved; // what this view needs is asked for when the kernel is there
      fill(main, h('p', { class: 'seglam-quiet' }, t('Waiting for the kernel …')));
      return;
    }
    if (state.schema !== SCHEMA) {
      const older = (state.schema ?? 0) < SCHEMA;
      fill(main, h('p', {}, t(older ? 'The seglam in this kernel is older than this panel: update it, then restart the kernel.'
        : 'The seglam in this kernel is newer than this panel: reload the page.')));
      return;
    }
    const view = (views[at.view] ??= makers[at.view](shared));
    if (main.firstChild !== view.node) main.replaceChildren(view.node);
    if (moved || due) view.asked?.();
    due = false;
    view.update(state);
  }

  /** @param {string} text @param {boolean} [bad] */
  function say(text, bad = false) {
    note.className = bad ? 'seglam-note seglam-bad' : 'seglam-note';
    note.replaceChildren(text);
  }

  /** @param {Data} event */
  function heard(event) {
    if (event.kind === 'session') at.nonce = event.nonce;
    else if (event.kind === 'error') say(`${event.code}: ${event.says}${event.hint ? ` – ${event.hint}` : ''}`, true);
    else if (event.kind === 'done') say(event.text);
    else if (event.kind === 'cell') handed(event.text);
    else if (event.kind === 'show') go('procedure', { label: String(event.procedure), page: 'overview' });
    for (const view of Object.values(views)) view.event?.(event);
  }

  /** A line that needs a cell: the sidebar writes it, a widget can only hand it over. @param {string} text */
  function handed(text) {
    if (channel.where === 'sidebar') return say(t('It stands in a new cell of the notebook.'));
    note.className = 'seglam-note';
    fill(note, t('Run this in a cell:'), ' ', copying(text), code(text, t('for a cell')));
  }

  const ends = [channel.onState(() => show(false)), channel.onEvent(heard)];
  show(true);
  return () => {
    ends.forEach(end => end());
    root.remove();
  };
}

// ---------------------------------------------------------------- Now

/** @param {any} shared */
function nowView({ send, t }) {
  const runs = h('div', { class: 'seglam-runs' });
  const kept = h('div', {});
  const figures = h('div', {});
  const node = h('div', {}, runs, figures, kept);
  /** @type {Map<string, ReturnType<typeof runCard>>} */
  const cards = new Map();
  /** @type {any} */
  let shown = {};
  return {
    node,
    /** @param {Data} state */
    update(state) {
      const live = new Set(state.runs.map((/** @type {Data} */ run) => run.run));
      for (const [id, card] of cards) {
        if (!live.has(id)) {
          card.node.remove();
          cards.delete(id);
        }
      }
      for (const run of state.runs) {
        if (!cards.has(run.run)) {
          cards.set(run.run, runCard(run.run, send, t));
          runs.append(cards.get(run.run)?.node ?? '');
        }
        cards.get(run.run)?.update(run, state.budget);
      }
      if (shown.now !== state.now || shown.state !== state.store) fill(figures, ...figuresOf(state, t));
      if (shown.kept !== state.kept) fill(kept, ...keptOf(state.kept, send, t));
      shown = { now: state.now, kept: state.kept, state: state.store };
    }
  };
}

/** A run on its way; its elements stay, so that what is typed stays. @param {string} id @param {Send} send @param {any} t */
function runCard(id, send, t) {
  const stage = h('strong', {});
  const figures = h('span', { class: 'seglam-quiet' });
  const question = h('p', { class: 'seglam-question' });
  const tail = h('pre', { class: 'seglam-tail', tabIndex: 0, 'aria-label': t('what is thought') });
  const meter = h('progress', { 'aria-label': t('time used of the budget') });
  const said = h('ul', { class: 'seglam-said' });
  const input = h('input', { type: 'text', 'data-key': `update-${id}`, 'aria-label': t('Add to the question'), placeholder: t('add to the question …'), maxLength: 4000 });
  const tell = (/** @type {string} */ op) => () => send({ op, run: id });
  const form = h('form', { class: 'seglam-line', onsubmit: (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!input.value.trim()) return;
    send({ op: 'update', run: id, text: input.value });
    input.value = '';
  } }, input, h('button', { type: 'submit', 'data-op': 'update' }, t('Update')),
  button(t('Ask next'), () => {
    if (input.value.trim()) send({ op: 'next', text: input.value });
    input.value = '';
  }, { 'data-op': 'next' }));
  const actions = h('div', { class: 'seglam-line' },
    button(t('Stop'), tell('stop'), { class: 'seglam-main-action', 'data-op': 'stop' }),
    button(t('Hurry'), tell('hurry'), { 'data-op': 'hurry', title: t('think less') }),
    button(t('Answer now'), tell('answer'), { 'data-op': 'answer' }),
    button(t('Not one thought more'), tell('strict'), { 'data-op': 'strict' }),
    button(t('Discard'), tell('discard'), { 'data-op': 'discard' }));
  const node = h('section', { class: 'seglam-run', 'data-run': id, 'aria-label': t('on its way') },
    h('p', { class: 'seglam-line' }, stage, figures), question, meter, tail, said, actions, form);
  return {
    node,
    /** @param {Data} run @param {Data} budget */
    update(run, budget) {
      const seconds = Math.max(run.seconds, run.began ? Date.now() / 1000 - run.began : 0);
      stage.textContent = run.state;
      const cost = run.usd === null ? '' : ` · ${money(run.usd)}`;
      figures.textContent = `${run.model} · ≈ ${many(run.tokens)} ${t('tokens')} · ${span(seconds)}${cost}${run.waiting ? ` · ${run.waiting} ${t('said, not heard yet')}` : ''}`;
      question.textContent = [run.question, ...run.updates].join(' + ');
      tail.hidden = !run.tail;
      if (tail.textContent !== run.tail) {
        tail.textContent = run.tail;
        tail.scrollTop = tail.scrollHeight;
      }
      meter.max = budget?.seconds || 120;
      meter.value = Math.min(seconds, meter.max);
      const lines = run.said.map((/** @type {Data} */ one) => `${one.op}${one.text ? `: ${one.text}` : ''}`);
      if (said.dataset.lines !== lines.join('\n')) {
        said.dataset.lines = lines.join('\n');
        said.replaceChildren(...lines.map((/** @type {string} */ line) => h('li', {}, line)));
      }
    }
  };
}

/** @param {Data} state @param {any} t */
function figuresOf(state, t) {
  const now = state.now;
  const head = facts([
    [t('store'), state.store ?? t('in memory, gone with the kernel')],
    [t('model'), state.model || t('none is set: only stored procedures answer')],
    [t('new code'), { ask: t('runs in the sandbox until it is approved'), auto: t('runs in the kernel once verified'), sandbox: t('always runs in the sandbox') }[/** @type {'ask'} */ (state.trust)] ?? state.trust]
  ]);
  const damage = state.damage.length ? h('ul', { class: 'seglam-bad' }, ...state.damage.map((/** @type {string} */ s) => h('li', {}, s))) : null;
  if (!now) return [h('p', { class: 'seglam-quiet', role: 'status' }, t('Counting …')), damage, head];
  if (!now.questions) {
    return [h('p', {}, t('Nothing was asked yet. Write a question in a cell that begins with %%reason; what comes of it is counted here.')), benchOf(now.bench, t), damage, head];
  }
  const tile = (/** @type {string} */ what, /** @type {string} */ figure, /** @type {string} */ more) =>
    h('div', { class: 'seglam-tile' }, h('span', { class: 'seglam-quiet' }, what), h('strong', {}, figure), h('span', { class: 'seglam-quiet' }, more));
  const last = now.last;
  const price = !now.saved.usd ? [many(now.saved.tokens) + ' ' + t('tokens'), ''] : [money(now.saved.usd), `${many(now.saved.tokens)} ${t('tokens')}`];
  return [
    h('div', { class: 'seglam-tiles' },
      tile(t('hit rate, last ') + last.questions, percent(last.questions ? last.hits / last.questions : null), `${last.hits} ${t('of')} ${last.questions}`),
      tile(t('hit rate, all'), percent(now.rate), `${many(now.hits)} ${t('of')} ${many(now.questions)}`),
      tile(t('saved'), price[0], `${price[1]}${price[1] ? ' · ' : ''}${span(now.saved.seconds)}`),
      tile(t('spent'), now.spent.tokens ? money(now.spent.usd) : '–', `${many(now.spent.tokens)} ${t('tokens')}`),
      tile(t('calls of a model'), many(now.calls), ''),
      tile(t('a hit takes'), span(now.hit_seconds), t('median of late'))),
    chart(now.days, t), benchOf(now.bench, t), damage, head
  ];
}

/** The newest bench of this kernel: a bar for each thing that was compared, and its interval. @param {Data | null} bench @param {any} t */
function benchOf(bench, t) {
  if (!bench) return null;
  const rows = bench.bars.map((/** @type {Data} */ bar) => h('tr', {}, h('td', {}, bar.name),
    h('td', {}, h('meter', { max: 1, value: bar.share ?? 0, 'aria-label': bar.name })),
    h('td', { class: 'number' }, percent(bar.share)), h('td', { class: 'number' }, `${percent(bar.low)} – ${percent(bar.high)}`), h('td', { class: 'number' }, many(bar.n))));
  const title = `${t('newest bench')}: ${bench.title}, ${t(bench.state)}`;
  return h('figure', { class: 'seglam-bench' }, h('figcaption', { class: 'seglam-quiet' }, title),
    h('div', { class: 'seglam-wide', tabIndex: 0, role: 'region', 'aria-label': t('newest bench') }, h('table', { class: 'seglam-bars' }, h('thead', {}, h('tr', {}, ...[t('compared'), t('share'), t('right'), t('95 % interval'), t('of')].map(s => h('th', { scope: 'col' }, s)))), h('tbody', {}, ...rows))));
}

/** Hits and misses by day, by week where there are many; the same as a table for who does not see it. @param {any[]} days @param {any} t */
function chart(days, t) {
  if (days.length < 2) return null;
  const size = days.length > 70 ? 7 : 1;
  const bars = [];
  for (let i = 0; i < days.length; i += size) {
    const part = days.slice(i, i + size);
    bars.push([part[0][0], part.reduce((n, d) => n + d[1], 0), part.reduce((n, d) => n + d[2], 0)]);
  }
  const top = Math.max(...bars.map(([, hits, misses]) => hits + misses), 1);
  const width = 100 / bars.length;
  const shapes = bars.flatMap(([day, hits, misses], i) => {
    const facts = { x: i * width + width * 0.1, width: width * 0.8 };
    const tall = (60 * hits) / top;
    const more = (60 * misses) / top;
    const title = svg('title', {});
    title.textContent = `${day}: ${hits} ${t('hits')}, ${misses} ${t('misses')}`;
    return [svg('rect', { ...facts, y: 60 - tall, height: tall, class: 'seglam-hits' }, title),
      svg('rect', { ...facts, y: 60 - tall - more, height: more, class: 'seglam-misses' })];
  });
  const unit = size === 1 ? t('by day') : t('by week');
  const picture = svg('svg', { viewBox: '0 0 100 60', preserveAspectRatio: 'none', role: 'img', 'aria-label': `${t('hits and misses')} ${unit}`, class: 'seglam-chart' }, ...shapes);
  const rows = bars.map(([day, hits, misses]) => h('tr', {}, h('td', {}, day), h('td', {}, many(hits)), h('td', {}, many(misses))));
  return h('figure', {}, h('figcaption', { class: 'seglam-quiet' }, h('span', { class: 'seglam-key seglam-hits' }), ` ${t('hits')} `,
    h('span', { class: 'seglam-key seglam-misses' }), ` ${t('misses')} · ${unit}, ${bars[0][0]} – ${days[days.length - 1][0]}`), picture,
  h('details', {}, h('summary', {}, t('as a table')), h('table', {}, h('thead', {}, h('tr', {}, ...[unit, t('hits'), t('misses')].map(s => h('th', { scope: 'col' }, s)))), h('tbody', {}, ...rows))));
}

/** @param {Data[]} kept @param {Send} send @param {any} t */
function keptOf(kept, send, t) {
  if (!kept.length) return [];
  const rows = kept.map(run => h('li', {}, h('p', { class: 'seglam-question' }, [run.question, ...run.updates].join(' + ')),
    h('p', { class: 'seglam-line seglam-quiet' }, `${run.run} · ${run.state} · ≈ ${many(run.tokens)} ${t('tokens')} · ${when(run.began)}`,
      button(t('Resume'), () => send({ op: 'resume', run: run.run }), { 'data-op': 'resume' }),
      button(t('Discard'), () => send({ op: 'discard', run: run.run }), { 'data-op': 'discard' }))));
  return [section(t('Stopped, and can go on'), h('ul', { class: 'seglam-plain' }, ...rows))];
}

// ---------------------------------------------------------------- Procedures

/** @param {any} shared */
function listView({ send, go, t }) {
  /** @type {Map<number, Data[]>} */
  const pages = new Map();
  /** @type {Data | null} */
  let head = null;
  let total = 0;
  let active = 0;
  let awaited = -1;
  /** @type {any} */
  let timer = 0;
  const filter = h('input', { type: 'search', placeholder: t('filter by name or what it answers'), 'aria-label': t('Filter procedures'), 'data-key': 'filter' });
  const pick = (/** @type {string} */ label, /** @type {string[][]} */ options) =>
    h('select', { 'aria-label': label, onchange: ask }, ...options.map(([value, text]) => h('option', { value }, t(text))));
  const sort = pick(t('Sort by'), [['used', 'last used'], ['name', 'name'], ['hits', 'hits'], ['saved', 'saved'], ['created', 'newest']]);
  const which = pick(t('Show'), [['active', 'answering'], ['all', 'all'], ['unused', 'never used'], ['pinned', 'pinned'], ['retired', 'retired']]);
  const count = h('span', { class: 'seglam-quiet', role: 'status' });
  const body = h('tbody', {});
  const columns = [['name', 'procedure', ''], ['hits', 'hits', 'number'], ['last', 'last used', 'wide'], ['properties', 'properties', 'number middle'], ['trust', 'trust', 'middle'], ['bound', 'wrong ≤', 'number wide']];
  const table = h('table', { class: 'seglam-list' }, h('caption', { class: 'seglam-away' }, t('procedures')), h('thead', {}, h('tr', {},
    ...columns.map(([, title, kind]) => h('th', { scope: 'col', class: kind }, t(title))))), body);
  const scroller = h('div', { class: 'seglam-scroller', onscroll: draw, onkeydown: step, tabIndex: -1, role: 'region', 'aria-label': t('procedures') }, table);
  const empty = h('p', { hidden: true });
  filter.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 150);
  });
  const node = h('div', { class: 'seglam-full' }, h('div', { class: 'seglam-line' }, filter, sort, which, count), empty, scroller);
  if (typeof ResizeObserver !== 'undefined') new ResizeObserver(() => draw()).observe(scroller);

  function ask() {
    send({ op: 'list', offset: 0, limit: PAGE, sort: sort.value, show: which.value, filter: filter.value });
  }

  /** @param {number} index */
  function row(index) {
    const found = pages.get(Math.floor(index / PAGE))?.[index % PAGE];
    const own = { style: `height:${ROW}px`, 'aria-rowindex': index + 2 };
    if (!found) return h('tr', own, h('td', { class: 'seglam-quiet' }, '…'));
    const states = [found.trust, found.retired && t('retired'), found.pinned && `${t('pinned')} v${found.pinned}`].filter(Boolean).join(', ');
    const open = button(found.name, () => go('procedure', { label: `${found.name}@${found.number}`, page: 'overview' }), {
      class: 'seglam-link', tabIndex: index === active ? 0 : -1, 'data-index': index, title: found.name, onfocus: () => (active = index)
    });
    return h('tr', own,
      h('td', { class: 'seglam-named' }, h('span', { class: 'seglam-one' }, open, h('span', { class: 'seglam-quiet' }, ` v${found.number}`)), h('span', { class: 'seglam-one seglam-quiet', title: found.summary }, found.summary)),
      h('td', { class: 'number' }, many(found.hits)), h('td', { class: 'wide' }, when(found.last_used)),
      h('td', { class: 'number middle' }, found.properties ? `${found.held}/${found.properties}` : '–'), h('td', { class: 'middle' }, states),
      h('td', { class: 'number wide', title: found.bound === null ? t('no hit was checked yet') : `${found.checked} ${t('hits were checked')}` }, found.bound === null ? '–' : bound(found.bound)));
  }

  function draw() {
    const first = Math.max(0, Math.floor(scroller.scrollTop / ROW) - 8);
    const last = Math.min(total, first + Math.ceil((scroller.clientHeight || 480) / ROW) + 20);
    for (let page = Math.floor(first / PAGE); page <= Math.floor(Math.max(0, last - 1) / PAGE); page++) {
      if (!pages.has(page) && total) {
        pages.set(page, []);
        send({ op: 'list', offset: page * PAGE, limit: PAGE });
      }
    }
    if (active < first || active >= last) active = first;
    const gap = (/** @type {number} */ rows) => h('tr', { 'aria-hidden': 'true', style: `height:${rows * ROW}px` }, h('td', {}));
    const rows = [];
    for (let index = first; index < last; index++) rows.push(row(index));
    const holder = /** @type {any} */ (body.getRootNode()).activeElement;
    const held = body.contains(holder) ? Number(holder.dataset.index) : -1;
    body.replaceChildren(...(first ? [gap(first)] : []), ...rows, ...(last < total ? [gap(total - last)] : []));
    if (held >= 0) body.querySelector(`[data-index="${held}"]`)?.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  function step(event) {
    const by = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -total, End: total })[event.key];
    if (!by || !total) return;
    event.preventDefault();
    active = Math.max(0, Math.min(total - 1, active + by));
    const top = active * ROW;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (top + 2 * ROW > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = top + 2 * ROW - scroller.clientHeight;
    const wanted = active;
    draw();
    active = wanted;
    reach(wanted);
  }

  /** Move the focus to a row; to one that has not come yet when it comes. @param {number} index */
  function reach(index) {
    const found = body.querySelector(`[data-index="${index}"]`);
    awaited = found ? -1 : index;
    (found ?? scroller).focus({ preventScroll: true });
  }

  return {
    node,
    asked: ask,
    /** @param {Data} event */
    event(event) {
      if (event.kind !== 'page') return;
      pages.set(Math.floor(event.offset / PAGE), event.rows);
      draw();
      if (awaited >= 0) reach(awaited);
    },
    /** @param {Data} state */
    update(state) {
      if (!state.list || state.list === head) return;
      const same = head && head.filter === state.list.filter && head.sort === state.list.sort && head.show === state.list.show;
      head = state.list;
      total = state.list.total;
      pages.clear();
      pages.set(0, state.list.rows);
      table.setAttribute('aria-rowcount', String(total + 1));
      count.textContent = `${many(total)} ${t('of')} ${many(state.list.all)}`;
      empty.hidden = total > 0;
      scroller.hidden = total === 0;
      empty.textContent = state.list.all ? t('No procedure is like that.') : t('Nothing is stored yet. The first answer of a model becomes the first procedure.');
      if (!same) scroller.scrollTop = 0;
      draw();
    }
  };
}

// ---------------------------------------------------------------- Procedure

/** @param {any} shared */
function procedureView(shared) {
  const { send, go, at, t, channel } = shared;
  const title = h('div', {});
  const tabs = h('div', { class: 'seglam-line', role: 'group', 'aria-label': t('views of the procedure') });
  const body = h('div', {});
  const node = h('div', { onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === 'Escape' && back() }, title, tabs, body);
  /** @type {any} */
  let shown = {};
  let reviewing = false;
  let missing = '';

  function back() {
    go('list');
  }
  /** @param {Data} one */
  function actions(one) {
    const does = (/** @type {string} */ text, /** @type {string} */ op, /** @type {Data} */ more = {}) =>
      button(text, () => send({ op, procedure: one.label, ...more }), { 'data-op': op });
    const own = one.versions[0]?.number === one.number;
    const pinned = one.pinned === one.number;
    return h('div', { class: 'seglam-line', role: 'group', 'aria-label': t('actions') },
      one.trust !== 'trusted' && one.trust !== 'revoked' && button(t('Approve …'), () => {
        reviewing = true;
        send({ op: 'review', procedure: one.label });
      }, { 'data-op': 'review' }),
      one.trust === 'revoked' ? does(t('Take the revocation back'), 'unrevoke') : does(t('Revoke'), 'revoke'),
      does(t('Edit in a cell'), 'edit'),
      pinned ? button(t('Unpin'), () => send({ op: 'unpin', procedure: one.name }), { 'data-op': 'unpin' }) : does(own ? t('Pin this version') : t('Roll back to this version'), 'pin'),
      one.retired ? button(t('Restore'), () => send({ op: 'restore', procedure: one.name }), { 'data-op': 'restore' }) : button(t('Retire'), () => send({ op: 'retire', procedure: one.name }), { 'data-op': 'retire' }),
      does(t('Export'), 'export', { file: `${one.name}.seglam` }));
  }

  /** What approving is about. @param {Data} one @param {Data | null} row */
  function review(one, row) {
    if (!reviewing || !row || row.procedure !== one.label) return null;
    const since = row.since ? [h('p', {}, `${t('What differs from')} ${row.since}:`), changes(row.difference.code)] : [];
    const yes = button(t('Let it run in the kernel'), () => {
      send({ op: 'approve', procedure: one.label, nonce: at.nonce });
      reviewing = false;
    }, { class: 'seglam-main-action', 'data-op': 'approve' });
    return h('section', { class: 'seglam-card', 'aria-label': t('approve') }, h('h3', {}, `${t('Approve')} ${one.label}?`),
      facts([[t('effects'), row.effects.join(', ') || t('none: it only computes')], [t('verified'), row.evidence ? `${row.evidence} (${row.tier})` : t('not here yet; it is verified first')], [t('state'), row.trust]]),
      ...since, h('p', { class: 'seglam-quiet' }, t('The code below then runs in the kernel, with what the kernel may do.')), code(one.source),
      h('p', { class: 'seglam-line' }, yes, button(t('Cancel'), () => {
        reviewing = false;
        shown = {};
        draw(channel.state());
      })));
  }

  /** @param {Data} state */
  function draw(state) {
    const one = state.procedure;
    const fits = one && (one.label === at.label || one.name === at.label);
    if (!fits) {
      fill(title, button(`← ${t('Procedures')}`, back), h('h2', {}, at.label));
      fill(tabs);
      fill(body, h('p', { class: 'seglam-quiet', role: 'status' }, missing === at.label ? t('It is not to be had in this store.') : t('Reading …')));
      return;
    }
    fill(title, h('p', { class: 'seglam-line' }, button(`← ${t('Procedures')}`, back, { 'data-key': 'back' })),
      h('h2', { class: 'seglam-title' }, one.name, ' ', h('span', { class: 'seglam-quiet' }, `v${one.number} · ${one.trust}${one.retired ? ` · ${t('retired')}` : ''}${one.pinned ? ` · ${t('pinned')} v${one.pinned}` : ''}`)),
      one.summary && h('p', {}, one.summary));
    fill(tabs, ...[['overview', 'Overview'], ['versions', 'Versions'], ['tests', 'Tests']].map(([page, text]) =>
      button(t(text), () => turn(page, one), { 'aria-pressed': String(at.page === page), 'data-page': page, 'data-key': `page-${page}` })));
    if (at.page === 'overview') fill(body, review(one, state.review), actions(one), ...overview(one, shared, turn));
    else if (at.page === 'versions') fill(body, ...versionsOf(one, state, shared));
    else fill(body, ...testsOf(one, state.test, shared));
  }

  /** @param {string} page @param {Data} one @param {Data} [more] */
  function turn(page, one, more = {}) {
    at.page = page;
    if (page === 'versions') send({ op: 'versions', name: one.name, old: more.old ?? 0, new: more.new ?? one.number });
    draw(channel.state());
    shown = seen(channel.state());
  }

  /** What the view is made of. @param {Data} state */
  const seen = state => ({ p: state.procedure, v: state.versions, b: state.behaviour, t: state.test, r: state.review, l: at.label, page: at.page });

  return {
    node,
    asked: () => {
      reviewing = false;
      missing = '';
      send({ op: 'procedure', procedure: at.label });
      if (at.page === 'versions') send({ op: 'versions', name: at.label, old: 0, new: 0 });
    },
    /** @param {Data} event */
    event(event) {
      if (event.kind !== 'error' || event.op !== 'procedure') return;
      missing = at.label;
      shown = {};
      const state = channel.state();
      if (at.view === 'procedure' && state) draw(state);
    },
    /** @param {Data} state */
    update(state) {
      const now = seen(state);
      const changed = Object.keys(now).filter(key => shown[key] !== now[/** @type {'p'} */ (key)]);
      if (!changed.length) return;
      const counts = changed.join() === 't' && at.page === 'tests' && counted(shown.t, now.t); // what is open stays open
      shown = now;
      if (counts) body.querySelector('.seglam-counted')?.replaceWith(countOf(state.test, t));
      else draw(state);
    }
  };
}

/** @param {Data} one @param {any} shared @param {any} turn */
function overview(one, { send, go, t }, turn) {
  const newest = one.versions[0]?.number;
  const small = { class: 'seglam-small' };
  // Which version answers: the newest, or the one that is pinned; going back to one is pinning it.
  const standing = (/** @type {Data} */ v) => one.pinned === v.number
    ? button(t('Unpin'), () => send({ op: 'unpin', procedure: one.name }), { ...small, 'data-op': 'unpin', 'data-version': v.number, 'data-key': `unpin-${v.number}` })
    : button(v.number === newest ? t('Pin') : t('Roll back'), () => send({ op: 'pin', procedure: v.label }), { ...small, 'data-op': 'pin', 'data-version': v.number, 'data-key': `pin-${v.number}`,
      'aria-label': `${v.number === newest ? t('Pin') : t('Roll back')} v${v.number}` });
  const templates = one.templates.map((/** @type {Data} */ w) => h('li', {}, h('span', { class: 'seglam-quiet' }, `${w.lang} `), wording(w.text)));
  const aliases = one.aliases.map((/** @type {string} */ text) => h('li', {}, h('span', { class: 'seglam-quiet' }, `${t('added')} `), wording(text)));
  const grid = (/** @type {string[]} */ head, /** @type {any[][]} */ rows, /** @type {string} */ caption) => h('div', { class: 'seglam-wide', tabIndex: 0, role: 'region', 'aria-label': caption }, h('table', {},
    h('caption', { class: 'seglam-away' }, caption), h('thead', {}, h('tr', {}, ...head.map(s => h('th', { scope: 'col' }, s)))), h('tbody', {}, ...rows.map(cells => h('tr', {}, ...cells.map(c => h('td', {}, c)))))));
  const parameters = one.parameters.map((/** @type {Data} */ p) => [h('code', {}, p.name), p.type, p.domain || '–', p.example, p.description]);
  const properties = one.properties.map((/** @type {Data} */ p) => h('li', {},
    h('strong', {}, p.last ? (p.last.ok ? t('holds') : t('fails')) : t('not tested')), ` ${p.name}: ${p.claim}`, h('span', { class: 'seglam-quiet' }, p.last ? ` · ${many(p.last.cases)} ${t('cases')}${p.last.message ? ` · ${p.last.message}` : ''}` : ''),
    h('details', {}, h('summary', {}, t('code')), code(p.code))));
  const versions = one.versions.map((/** @type {Data} */ v) => h('li', { 'aria-current': v.number === one.number ? 'true' : null },
    button(`v${v.number}`, () => go('procedure', { label: v.label, page: 'overview' }), { class: 'seglam-link' }), ` ${when(v.created)} · ${v.author === 'human' ? t('by hand') : v.model || v.author} · ${v.trust}`,
    v.number !== one.number && button(t('Compare'), () => turn('versions', one, { old: Math.min(v.number, one.number), new: Math.max(v.number, one.number) }), { class: 'seglam-small' }),
    standing(v)));
  const examples = one.examples.map((/** @type {Data} */ e) => h('li', {}, h('code', {}, e.call), ' → ', h('code', {}, e.result)));
  const pays = one.pays && (one.pays.needed === null ? t('a hit saves nothing that is known') : one.pays.reached ? `${t('yes, it took')} ${many(one.pays.needed)} ${t('hits')}` : `${t('after')} ${many(one.pays.needed)} ${t('hits')}`);
  const labels = Object.entries(one.labels).map(([tier, l]) => `${tier}: ${many(l.hits)} ${t('hits')}${l.bound === null ? '' : `, ${l.right} ${t('right')}, ${l.wrong} ${t('wrong')}, ${t('at most')} ${bound(l.bound)} ${t('wrong')}`}${one.suspended.includes(tier) ? `, ${t('suspended')}` : ''}`);
  const meaning = Object.entries(one.meaning).map(([name, value]) => /** @type {[string, any]} */ ([name, Array.isArray(value) ? value.join(', ') : value]));
  return [
    section(t('Answers'), h('ul', { class: 'seglam-plain' }, ...templates, ...aliases)),
    section(t('Code'), code(one.source)),
    one.parameters.length && section(t('Parameters'), grid([t('name'), t('type'), t('domain'), t('example'), ''], parameters, t('parameters'))),
    section(t('Means'), facts([...meaning, [t('returns'), one.returns]])),
    section(t('Properties'), properties.length ? h('ul', { class: 'seglam-plain' }, ...properties) : h('p', { class: 'seglam-quiet' }, t('none'))),
    examples.length && section(t('Examples'), h('ul', { class: 'seglam-plain' }, ...examples)),
    section(t('Versions'), h('ol', { class: 'seglam-plain seglam-timeline' }, ...versions)),
    section(t('Used'), facts([[t('pays for itself'), pays], [t('how often wrong'), labels.length ? h('ul', { class: 'seglam-plain' }, ...labels.map(l => h('li', {}, l))) : t('no hit was checked yet')],
      [t('notebooks'), one.used.length ? h('ul', { class: 'seglam-plain' }, ...one.used.map((/** @type {Data} */ u) => h('li', {}, `${u.notebook || t('(no notebook)')}: ${many(u.hits)} ${t('hits')}, ${when(u.last_used)}`))) : t('no hits yet')],
      [t('rejected for'), one.rejected.length ? one.rejected.join(' · ') : '']])),
    section(t('Where it comes from'), facts([[t('by'), one.author === 'human' ? t('hand') : one.author], [t('model'), one.model], [t('question'), one.question], [t('cost'), one.usage?.calls ? money(one.usage.usd) : ''], [t('made'), when(one.created)], ['SHA-256', h('code', {}, one.proc_id)]]))
  ].filter(Boolean);
}

// ---------------------------------------------------------------- Versions

/** The four strips. @param {Data} one @param {Data} state @param {any} shared */
function versionsOf(one, state, { send, t, channel }) {
  const found = state.versions;
  if (!found || found.name !== one.name) return [h('p', { class: 'seglam-quiet', role: 'status' }, t('Reading …'))];
  if (found.numbers.length < 2) return [h('p', {}, t('There is only one version to compare. Edit in a cell makes the next one.'))];
  const pick = (/** @type {string} */ label, /** @type {number} */ chosen) => h('select', { 'aria-label': label, 'data-key': label, onchange: () => send({ op: 'versions', name: one.name, old: Number(left.value), new: Number(right.value) }) },
    ...found.numbers.map((/** @type {number} */ n) => h('option', { value: String(n), selected: n === chosen }, `v${n}`)));
  const left = pick(t('old version'), found.old);
  const right = pick(t('new version'), found.new);
  const pair = (/** @type {string} */ name, /** @type {any[]} */ [before, after]) => h('div', {}, h('h4', {}, name), changes([`-${text(before)}`, `+${text(after)}`]));
  const text = (/** @type {any} */ value) => (Array.isArray(value) ? value.join(', ') : String(value)) || '–';
  const sets = (/** @type {string} */ name, /** @type {Data} */ set) => (set.added.length || set.removed.length ? h('div', {}, h('h4', {}, name), h('ul', { class: 'seglam-plain' },
    ...set.removed.map((/** @type {string} */ w) => h('li', { class: 'seglam-removed' }, '− ', wording(w))), ...set.added.map((/** @type {string} */ w) => h('li', { class: 'seglam-added' }, '+ ', wording(w))))) : null);
  const same = h('p', { class: 'seglam-quiet' }, t('the same'));
  const meaning = [...Object.entries(found.meaning).map(([name, both]) => pair(name, both)), sets(t('properties'), found.properties), sets(t('parameters'), found.parameters)].filter(Boolean);
  const templates = sets('', found.templates);
  return [
    h('p', { class: 'seglam-line' }, left, ' → ', right, channel.openDiff && button(t('Open in a tab'), () => channel.openDiff({ name: one.name, old: found.old, new: found.new }))),
    section(t('Meaning'), ...(meaning.length ? meaning : [same])),
    section(t('Wordings'), templates ?? same.cloneNode(true)),
    section(t('Code'), found.code.length ? changes(found.code) : same.cloneNode(true)),
    section(t('Behaviour'), ...behaviourOf(found, state.behaviour, send, t))
  ];
}

/** @param {Data} found @param {Data | null} state @param {Send} send @param {any} t */
function behaviourOf(found, state, send, t) {
  const node = button(t('Run both on the same inputs'), () => {
    node.disabled = true;
    fill(status, t('Both run in the sandbox, on kept and on made-up inputs …'));
    send({ op: 'behaviour', name: found.name, old: found.old, new: found.new });
  }, { 'data-op': 'behaviour', 'data-key': 'behaviour' });
  const status = h('p', { class: 'seglam-quiet', role: 'status' });
  if (!state || state.old !== found.old || state.new !== found.new) return [node, status];
  const both = state.behaviour;
  const row = (/** @type {Data} */ c) => h('tr', {}, h('td', {}, h('code', {}, c.call)), h('td', {}, h('code', {}, c.old)), h('td', {}, h('code', {}, c.new)), h('td', {}, c.same ? t('same') : t('differs')));
  const rows = [...(both.found ? [both.found] : []), ...both.kept].map(row);
  const verdict = both.differs ? t('They differ.') : t('No input was found on which they differ.');
  return [h('p', { role: 'status' }, h('strong', {}, verdict), ` ${many(both.tried)} ${t('made-up inputs were looked at')}${both.found ? `; ${t('the first row is the smallest that differs')}` : ''}. ${both.note}`),
    rows.length ? h('div', { class: 'seglam-wide', tabIndex: 0, role: 'region', 'aria-label': t('behaviour') }, h('table', { class: 'seglam-behaviour' }, h('caption', { class: 'seglam-away' }, t('behaviour')),
      h('thead', {}, h('tr', {}, ...[t('input'), `v${found.old}`, `v${found.new}`, ''].map(s => h('th', { scope: 'col' }, s)))), h('tbody', {}, ...rows))) : null];
}

// ---------------------------------------------------------------- Tests

/** Verdict first, then the counterexample, then how good the sample was. @param {Data} one @param {Data | null} test @param {any} shared */
function testsOf(one, test, { send, t, at }) {
  if (!one.properties.length) return [h('p', {}, t('It has no properties that could be tested. %%property adds one.'))];
  const running = test?.running && test.procedure === one.label;
  const cases = h('input', { type: 'number', min: 1, max: 100000, value: at.cases ?? 100, 'aria-label': t('cases of each property'), 'data-key': 'cases', oninput: () => (at.cases = cases.value) });
  const start = button(t('Run the tests'), () => send({ op: 'test', procedure: one.label, cases: Math.max(1, Math.min(100000, Number(cases.value) || 100)) }), { class: 'seglam-main-action', 'data-op': 'test', disabled: running, 'data-key': 'test' });
  const stop = button(t('Stop'), () => send({ op: 'halt' }), { 'data-op': 'halt', disabled: !running, 'data-key': 'halt' });
  const bar = h('p', { class: 'seglam-line' }, h('label', {}, `${t('cases')} `, cases), start, stop);
  if (!test || test.procedure !== one.label) return [bar, h('p', { class: 'seglam-quiet' }, t('Every property is tried on made-up arguments; what fails is made as small as it can be. Nothing is changed.'))];
  const bad = test.rows.filter((/** @type {Data} */ r) => !r.ok);
  const sum = test.rows.reduce((/** @type {number} */ n, /** @type {Data} */ r) => n + r.cases, 0);
  const head = running ? `${t('testing')} ${test.current} (${Math.min(test.rows.length + 1, test.count)} ${t('of')} ${test.count})`
    : test.error ? `${test.error.code} ${test.error.says}` : bad.length ? `${bad.length} ${t('of')} ${test.count} ${t('properties fail')}` : `${t('all')} ${test.count} ${t('properties hold')}, ${many(sum)} ${t('cases')}`;
  const fails = bad.map((/** @type {Data} */ r) => failCard(r, t));
  const rows = test.rows.map((/** @type {Data} */ r) => h('li', {}, h('strong', {}, r.ok ? t('holds') : t('fails')), ` ${r.name} `, h('span', { class: 'seglam-quiet' }, `${r.sentence} · ${span(r.seconds)}${r.note ? ` · ${r.note}` : ''}`), spread(r.sample, t)));
  const keep = !running && test.observed > 0 && h('p', { class: 'seglam-line' }, button(t('Keep the cases'), () => send({ op: 'observations', procedure: one.label, file: `${one.name}.jsonl` }), { 'data-op': 'observations', 'data-key': 'observations' }),
    h('span', { class: 'seglam-quiet' }, `${many(test.observed)} ${t('cases, as Hypothesis writes them for Tyche and others')}`));
  return [bar, h('p', { class: bad.length || test.error ? 'seglam-bad' : '', role: 'status' }, h('strong', {}, head)), running && countOf(test, t),
    ...fails, rows.length ? section(t('What was tried'), h('ul', { class: 'seglam-plain' }, ...rows), keep) : null];
}

/** Whether nothing but the number of cases is another. @param {Data | null} before @param {Data | null} after */
const counted = (before, after) =>
  before && after && ['procedure', 'running', 'current', 'error'].every(key => before[key] === after[key]) && before.rows.length === after.rows.length;

/** How many cases are done; not spoken, as it changes all the time. @param {Data} test @param {any} t */
function countOf(test, t) {
  const at = test.progress;
  const of = test.count * test.cases;
  const done = Math.min(of, test.rows.length * test.cases + (at ? (at.done ?? test.cases) : 0));
  const says = !at ? t('getting ready …') : at.done === null ? t('a case failed; it is made as small as it can be …')
    : at.check ? `${many(at.done)} ${t('cases hold')} · ${at.check} …` : `${many(at.done)} ${t('of')} ${many(at.cases)} ${t('cases')}`;
  return h('div', { class: 'seglam-counted' }, h('progress', { max: of, value: done, 'aria-label': t('cases done'), 'aria-valuetext': says }), h('span', { class: 'seglam-quiet' }, says));
}

/** @param {Data} r @param {any} t */
function failCard(r, t) {
  return h('section', { class: 'seglam-card', 'aria-label': `${r.name} ${t('fails')}` }, h('h4', {}, `${r.name} ${t('fails')}`), r.claim && h('p', { class: 'seglam-quiet' }, r.claim), h('p', {}, r.why),
    r.call && code(r.call, t('the smallest call that fails')), r.call && copying(r.call, t('Copy the call')));
}

/** What each argument was, as bars with their counts, and what the time went into. @param {Data} sample @param {any} t */
function spread(sample, t) {
  /** @type {Record<string, [string, number][]>} */
  const spread = sample.spread;
  const names = Object.keys(spread);
  if (!names.length) return null;
  const bars = (/** @type {[string, number][]} */ counts) => {
    const most = Math.max(...counts.map(([, n]) => n));
    return h('table', { class: 'seglam-bars' }, h('tbody', {}, ...counts.map(([value, n]) => h('tr', {}, h('td', {}, value), h('td', {}, h('meter', { max: most, value: n, 'aria-label': value })), h('td', { class: 'number' }, many(n))))));
  };
  return h('details', {}, h('summary', {}, t('arguments')), h('p', { class: 'seglam-quiet' }, `${t('drawing them')} ${span(sample.drawing)}, ${t('running')} ${span(sample.running)}`), ...names.map(name => h('div', {}, h('code', {}, name), bars(spread[name]))));
}

// ---------------------------------------------------------------- Near misses

/** @param {any} shared */
function missesView({ send, go, t }) {
  const node = h('div', {});
  /** @type {any} */
  let shown;
  return {
    node,
    asked: () => send({ op: 'misses' }),
    /** @param {Data} state */
    update(state) {
      if (shown === state.misses && shown !== undefined) return;
      shown = state.misses;
      if (!state.misses) fill(node, h('p', { class: 'seglam-quiet', role: 'status' }, t('Reading …')));
      else if (!state.misses.length) fill(node, h('p', {}, t('No question nearly hit. Here stand questions that a stored procedure might have answered, and what stood in the way.')));
      else fill(node, h('p', { class: 'seglam-quiet' }, t('Questions that a stored procedure nearly answered. Say whether it asks the same: that is how hits become more.')), h('ul', { class: 'seglam-plain' }, ...state.misses.map((/** @type {Data} */ m, /** @type {number} */ i) => miss(m, i))));
    }
  };

  /** @param {Data} m @param {number} i */
  function miss(m, i) {
    const name = m.nearest.split('@')[0];
    const input = h('input', { type: 'text', value: m.wording || m.question, 'aria-label': t('the wording, with {slots} where values stand'), 'data-key': `wording-${i}`, maxLength: 4000 });
    const form = h('form', { hidden: true, class: 'seglam-line', onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      send({ op: 'alias', procedure: name, wording: input.value });
    } }, input, h('button', { type: 'submit', 'data-op': 'alias' }, t('Add this wording')), h('p', { class: 'seglam-quiet' }, t('Write {slots} where values stand, as in the wordings of the procedure.')));
    return h('li', { class: 'seglam-card' }, h('p', { class: 'seglam-question' }, m.question),
      h('p', { class: 'seglam-quiet' }, t('nearest'), ' ', button(m.nearest, () => go('procedure', { label: m.nearest, page: 'overview' }), { class: 'seglam-link' }), ' · ', m.blocked ? `${t('blocked by')} ` : m.reason, m.blocked && h('mark', {}, m.blocked), ` · ${m.times} × · ${when(m.last_asked)}`),
      h('p', { class: 'seglam-line' }, button(`${t('Same as')} ${name} …`, () => {
        form.hidden = false;
        input.focus();
      }), button(t('Different'), () => send({ op: 'reject', procedure: m.nearest, question: m.question }), { 'data-op': 'reject' })), form);
  }
}

// ---------------------------------------------------------------- Trace

/** @param {any} shared */
function traceView({ send, go, t }) {
  const list = h('ol', { class: 'seglam-plain' });
  const detail = h('div', {});
  const node = h('div', {}, list, detail);
  /** @type {any} */
  let shown = {};
  return {
    node,
    asked: () => send({ op: 'trace' }),
    /** @param {Data} state */
    update(state) {
      if (shown.trace === state.trace && shown.why === state.why && 'trace' in shown) return;
      shown = { trace: state.trace, why: state.why };
      if (!state.trace) return fill(list, h('li', { class: 'seglam-quiet' }, t('Reading …')));
      if (!state.trace.length) return fill(list, h('li', {}, t('Nothing was asked yet.')));
      const rows = state.trace.map((/** @type {Data} */ d) => h('li', { class: 'seglam-card' },
        h('p', { class: 'seglam-question' }, h('strong', { class: d.hit ? 'seglam-hit' : 'seglam-miss' }, d.error ? t('failed') : d.hit ? t('hit') : t('miss')), ` ${d.question}`),
        h('p', { class: 'seglam-line seglam-quiet' }, d.procedure ? button(d.procedure, () => go('procedure', { label: d.procedure, page: 'overview' }), { class: 'seglam-link' }) : '', [d.tier, d.reason, d.error, d.seconds === null ? '' : span(d.seconds)].filter(Boolean).join(' · '),
          button(t('Why'), () => send({ op: 'why', which: d.which }), { 'data-op': 'why', 'data-key': `why-${d.which}`, class: 'seglam-small' })),
        state.why?.which === d.which && h('div', { role: 'status' }, code(state.why.text, t('why')), copying(JSON.stringify(state.why.data, null, 2), t('Copy as JSON')))));
      fill(list, ...rows);
      return undefined;
    }
  };
}

// ---------------------------------------------------------------- the widget

/**
 * anywidget's door.
 * @param {{model: any, el: HTMLElement}} given
 */
function render({ model, el }) {
  /** @type {Data | null} */
  let state = null;
  /** @type {Set<(state: Data) => void>} */
  const told = new Set();
  /** @type {Set<(event: Data) => void>} */
  const events = new Set();
  const until = (/** @type {Set<any>} */ set) => (/** @type {any} */ callback) => {
    set.add(callback);
    return () => set.delete(callback);
  };
  /** @param {Data} data */
  const heard = data => {
    if (data.state || data.patch) {
      const next = data.state ?? (state ? { ...state, ...data.patch } : null);
      state = next;
      if (next) told.forEach(callback => callback(next));
    }
    if (data.event) events.forEach(callback => callback(data.event));
  };
  model.on('msg:custom', heard);
  /** @type {Channel} */
  const channel = { state: () => state, onState: until(told), onEvent: until(events), send: message => model.send(message), where: 'widget' };
  const end = mount(el, channel);
  model.send({ op: 'open' });
  return () => {
    model.off('msg:custom', heard);
    end();
    try {
      model.send({ op: 'close' });
    } catch {
      // the kernel is gone, and with it whoever would hear that nobody looks any more
    }
  };
}

export default { render };
export { render };
