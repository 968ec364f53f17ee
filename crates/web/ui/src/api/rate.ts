/** How many messages come in a second, over some seconds: many fleets send in bursts, all at the same second. */

import type { Pulse } from './shapes';

type Counted = Pick<Pulse, 'at' | 'received'>;

const OVER = 10_000;
/** Less than that is one burst or none. */
const LEAST = 2_000;

export class Rate {
  #counts: { at: number; received: number }[] = [];

  /** Takes in what has been counted; null as long as it is too short to tell. */
  next({ at, received }: Counted): number | null {
    const now = { at: Date.parse(at), received };
    const last = this.#counts.at(-1);
    // another process counts anew
    if (last && (received < last.received || now.at < last.at)) this.#counts = [];
    this.#counts.push(now);
    while (this.#counts.length > 1 && now.at - this.#counts[1]!.at >= OVER) this.#counts.shift();
    const first = this.#counts[0]!;
    const long = now.at - first.at;
    return long < LEAST ? null : ((received - first.received) / long) * 1000;
  }
}
