/** What stands beside the percentage of a time. */

import { length } from '../core/text';
import type { Judgement } from './judge';

/** From such a part on it is told beside the percentage how much is not known; the bars show all of it. */
const TOLD = 0.01;

/** Nothing of a time that is all before the first message. */
export function notes({ silent, unknown, before, heard }: Judgement['sums']): string[] {
  const lived = heard + silent + unknown;
  if (lived === 0) return [];
  const told = silent > 0 ? [`unheard ${length(silent)}`] : [];
  // younger than that
  if (before > 0) told.push(`in ${length(lived)}`);
  if (unknown > TOLD * lived) told.push(`${told.length > 0 ? '· ' : ''}${length(unknown)} not known`);
  return told;
}
