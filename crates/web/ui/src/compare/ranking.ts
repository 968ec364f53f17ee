/** The order of the rows beside a chart. */

import { byName } from '../core/pattern';
import type { Series } from '../api/shapes';

export const FIELDS = ['service', 'mean', 'lowest', 'peak', 'at'] as const;
export type Field = (typeof FIELDS)[number];

export interface Ranking {
  field: Field;
  down: boolean;
}

export interface Ranked {
  name: string;
  /** Its place among the chosen ones, which gives its colour. */
  place: number;
  /** Of the whole range; null where there are no messages. */
  of: Series | null;
}

/** As the address has it: `peak` is the highest first, `-peak` the lowest; null is the order of choosing. */
export function rankingNamed(text: string | null): Ranking | null {
  const found = /^(-?)(\w+)$/.exec(text ?? '');
  const field = FIELDS.find((known) => known === found?.[2]);
  return field ? { field, down: found![1] === '' } : null;
}

/** What a press on a heading leads to: the highest first, the lowest first, the order of choosing. */
export function pressed(now: Ranking | null, field: Field): string | null {
  if (now?.field !== field) return field;
  return now.down ? `-${field}` : null;
}

export function ranked(rows: Ranked[], by: Ranking | null): Ranked[] {
  if (!by) return rows;
  const compare = (one: Ranked, other: Ranked) => {
    if (by.field === 'service') return byName(one.name, other.name) * (by.down ? 1 : -1);
    // those without messages come last, whichever way
    if (!one.of || !other.of) return Number(!one.of) - Number(!other.of);
    const step = valueOf(other.of, by.field) - valueOf(one.of, by.field);
    return (by.down ? step : -step) || one.place - other.place;
  };
  return [...rows].sort(compare);
}

function valueOf(of: Series, field: Field): number {
  if (field === 'mean') return of.avg;
  if (field === 'lowest') return of.min;
  return field === 'peak' ? of.max : Date.parse(of.max_at);
}
