/** Rates from counts: what was added since the snapshots before, over some seconds. */

import { computed, effect, signal } from '@preact/signals';
import { sum } from '../api/ledger';
import { status } from '../api/live';
import type { Status } from '../api/shapes';

export interface Sample {
  at: number;
  received: number;
  accepted: number;
  rejected: number;
}

const WINDOW = 10_000;
const KEEP = 120_000;

export const samples = signal<Sample[]>([]);

export function sampleOf(status: Status, at: number): Sample {
  return { at, received: status.received, accepted: status.accepted, rejected: sum(status.rejected) };
}

/** Another snapshot; one with fewer messages is of another process, and the past is forgotten. */
export function added(before: Sample[], next: Sample): Sample[] {
  const last = before.at(-1);
  if (last && next.received < last.received) return [next];
  return [...before.filter((sample) => sample.at > next.at - KEEP), next];
}

/** Messages a second over the last while; null as long as there is only one snapshot. */
export function rate(of: Sample[], field: keyof Omit<Sample, 'at'>): number | null {
  const last = of.at(-1);
  const first = of.find((sample) => last && sample.at >= last.at - WINDOW);
  if (!last || !first || last.at - first.at < 500) return null;
  return ((last[field] - first[field]) * 1000) / (last.at - first.at);
}

export const receiving = computed(() => rate(samples.value, 'received'));
export const rejecting = computed(() => rate(samples.value, 'rejected'));

/** The snapshots are taken whichever view is open, so that the picture is there at once. */
export function watchRates(): void {
  effect(() => {
    const found = status.value;
    if (found) samples.value = added(samples.peek(), sampleOf(found, Date.now()));
  });
}
