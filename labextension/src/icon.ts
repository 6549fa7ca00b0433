import { LabIcon } from '@jupyterlab/ui-components';
import svg from '../style/icon.svg';

/** The mark of seglam: thinking that comes round again. */
export const icon = new LabIcon({ name: 'seglam:cache', svgstr: svg });
