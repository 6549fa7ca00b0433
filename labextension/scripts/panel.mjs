// The panel is one front end for the widget and the sidebar: its files are taken from the Python package as they are.
import { copyFileSync, mkdirSync } from 'node:fs';

const from = new URL('../../seglam_magics/panel/static/', import.meta.url);
const to = new URL('../lib/', import.meta.url);

mkdirSync(to, { recursive: true });
for (const name of ['panel.js', 'panel.css']) {
  copyFileSync(new URL(name, from), new URL(name, to));
}
