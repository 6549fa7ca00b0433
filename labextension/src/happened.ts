import { JSONObject } from '@lumino/coreutils';
import { addCell, runCell } from './cells';
import { Link } from './link';
import { Links } from './links';

const RUN = /^%seglam |^%%reason/; // a procedure to be corrected is written, and run by its author

/** What is done in the notebook about what came of an op; the panel shows the rest. */
export function happened(links: Links): (link: Link, event: JSONObject) => void {
  return (link, event) => {
    const panel = links.panelOf(link);
    if (event.kind !== 'cell' || typeof event.text !== 'string' || !panel) {
      return;
    }
    if (RUN.test(event.text)) {
      void runCell(panel, event.text);
    } else {
      addCell(panel, event.text);
    }
  };
}
