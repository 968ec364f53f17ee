/** Which services are shown, in which order. Looked at again every two seconds, not with each message; and not while the
 * reader points at a tile or scrolls, so that none slips away under the pointer or the eye. */

import { type Signal, computed, signal } from '@preact/signals';
import { cells, known, names } from '../api/live';
import { shownNow } from '../api/shown';
import { parameter } from '../core/place';
import { isStill } from '../core/still';
import { ORDERS, type Order, type Standing, comparing, patience, stateOf } from './state';
import { fits } from '../core/pattern';

const EVERY = 2000;

/** Whether a pointer or the focus is among the tiles. */
export const held = signal(false);
const turn = signal(0);

export function watchOrder(): () => void {
  const timer = setInterval(() => {
    if (!held.peek() && isStill()) turn.value += 1;
  }, EVERY);
  return () => clearInterval(timer);
}

export function orderNamed(text: string | null): Order {
  return ORDERS.find((known) => known === text) ?? 'worst';
}

/** Every service, in order. */
export const standings: Signal<Standing[]> = computed(() => {
  void turn.value;
  void known.value;
  const late = patience(parameter('late'));
  const clock = shownNow.peek();
  const found = names.value.map((name) => {
    const cell = cells.get(name)!.peek();
    return { name, cell, state: stateOf(cell, clock, late) };
  });
  return found.sort(comparing(orderNamed(parameter('sort'))));
});

/** Those that fit what was typed and the chosen states. */
export const shown = computed(() => {
  const typed = parameter('q') ?? '';
  const states = parameter('state')?.split(',') ?? [];
  return standings.value.filter((of) => (states.length === 0 || states.includes(of.state)) && fits(of.name, typed));
});
