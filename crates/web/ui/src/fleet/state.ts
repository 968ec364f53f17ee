/** How a service is doing, from when a message of it was last received, which no clock of a sender can shift, and what it
 * said then. */

import type { ServiceCell } from '../api/live';
import { METRICS, type Metric } from '../api/shapes';
import { DAY, MINUTE } from '../core/range';
import { byName } from '../core/pattern';

/** From worst to best. A service that is gone is nobody's worry any more, so it comes last. */
export const STATES = ['silent', 'late', 'high', 'up', 'gone'] as const;
export type State = (typeof STATES)[number];

export const STATE_WORDS: Record<State, string> = {
  silent: 'silent',
  late: 'late',
  high: 'high load',
  up: 'up',
  gone: 'gone',
};

/** From this share on a service is under high load. */
export const HIGH = 0.9;
/** A service is silent after so many times the time after which it is late. */
const SILENT = 5;
const GONE = 7 * DAY;

/** How long nothing may come before a service is late: fleets send every second or every few minutes. */
export const PATIENCES: ReadonlyArray<{ value: string; label: string; ms: number }> = [
  { value: '1m', label: '1 min', ms: MINUTE },
  { value: '5m', label: '5 min', ms: 5 * MINUTE },
  { value: '15m', label: '15 min', ms: 15 * MINUTE },
  { value: '1h', label: '1 h', ms: 60 * MINUTE },
  { value: '1d', label: '1 day', ms: DAY },
];

export function patience(value: string | null): number {
  return (PATIENCES.find((known) => known.value === value) ?? PATIENCES[0]!).ms;
}

export function stateOf(cell: ServiceCell, now: number, late: number): State {
  const silence = now - Date.parse(cell.seen.last_received);
  if (silence > Math.max(GONE, 2 * SILENT * late)) return 'gone';
  if (silence > SILENT * late) return 'silent';
  if (silence > late) return 'late';
  return worst(cell) >= HIGH ? 'high' : 'up';
}

/** The highest share of what was said last; 0 where nothing is known. */
export function worst(cell: ServiceCell): number {
  return Math.max(...METRICS.map((metric) => share(cell, metric) ?? 0));
}

/** What the last message said, else the mean of the last minute there is. */
export function share(cell: ServiceCell, metric: Metric): number | null {
  const { last, minute, previous } = cell.now;
  return last?.[metric] ?? (minute ?? previous)?.[metric].avg ?? null;
}

/** What the small charts on the tiles show. */
export const SHOWN = [...METRICS, 'heard'] as const;
export type Shown = (typeof SHOWN)[number];

export const ORDERS = ['worst', 'name', 'cpu', 'ram', 'disk', 'seen'] as const;
export type Order = (typeof ORDERS)[number];

export interface Standing {
  name: string;
  state: State;
  cell: ServiceCell;
}

/** Compares in an order; equals by name, so that nothing moves without a reason. */
export function comparing(order: Order): (one: Standing, other: Standing) => number {
  const by: Record<Order, (one: Standing, other: Standing) => number> = {
    worst: (one, other) => STATES.indexOf(one.state) - STATES.indexOf(other.state) || step(other) - step(one),
    name: () => 0,
    cpu: (one, other) => (share(other.cell, 'cpu') ?? -1) - (share(one.cell, 'cpu') ?? -1),
    ram: (one, other) => (share(other.cell, 'ram') ?? -1) - (share(one.cell, 'ram') ?? -1),
    disk: (one, other) => (share(other.cell, 'disk') ?? -1) - (share(one.cell, 'disk') ?? -1),
    seen: (one, other) => Date.parse(one.cell.seen.last_received) - Date.parse(other.cell.seen.last_received),
  };
  return (one, other) => by[order](one, other) || byName(one.name, other.name);
}

/** Load in steps of a tenth: tiles do not change places for a percent. */
function step(of: Standing): number {
  return Math.floor(worst(of.cell) * 10);
}
