/** Rows of a statement as table, chart and file. */

import { numberOf, written } from '../api/exact';
import type { Rows, Value } from '../api/sql';
import { dateTime } from '../core/text';

const TIME = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?(Z|[+-]\d{2}:?\d{2})?$/;

export type Kind = 'time' | 'number' | 'text';

/** What a column holds: by its type where it is told, else by its values. */
export function kindOf(rows: Rows, at: number): Kind {
  const type = rows.columns[at]?.type.toLowerCase() ?? '';
  if (/^timestamp|^date/.test(type)) return 'time';
  if (/^(small|big)?int(eger)?\d*$|float|double|decimal|real|numeric/.test(type)) return 'number';
  if (/utf8|text|char|bool|interval/.test(type)) return 'text';
  const values = rows.rows
    .slice(0, 50)
    .map((row) => row[at])
    .filter((value) => value !== null);
  if (values.length === 0) return 'text';
  if (values.every((value) => numberOf(value) !== null)) return 'number';
  return values.every((value) => typeof value === 'string' && TIME.test(value)) ? 'time' : 'text';
}

export function textOf(value: Value | undefined, kind: Kind): string {
  if (value === null || value === undefined) return '';
  if (kind === 'time') return dateTime(instantOf(value));
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(9)));
  return typeof value === 'object' ? written(value) : String(value);
}

/** Times without a zone are in UTC. */
export function instantOf(value: Value): number {
  const text = String(value).replace(' ', 'T');
  return Date.parse(/(Z|[+-]\d{2}:?\d{2})$/.test(text) || !text.includes('T') ? text : `${text}Z`);
}

export interface Chartable {
  at: number[];
  lines: { name: string; values: (number | null)[] }[];
  /** Lines that were left out. */
  more: number;
}

const LINES_MAX = 8;

/**
 * Numbers over time: the first column of times across, each column of numbers a line; where a column of texts stands
 * beside them, a line for each of its values. Null where there is nothing to draw.
 */
export function chartable(rows: Rows): Chartable | null {
  const kinds = rows.columns.map((_, at) => kindOf(rows, at));
  const time = kinds.indexOf('time');
  const numbers = kinds.flatMap((kind, at) => (kind === 'number' ? [at] : []));
  if (time < 0 || numbers.length === 0 || rows.rows.length < 2) return null;
  const label = kinds.indexOf('text');
  const at = [...new Set(rows.rows.map((row) => instantOf(row[time] ?? null)))]
    .filter((instant) => !Number.isNaN(instant))
    .sort((one, other) => one - other);
  const position = new Map(at.map((instant, index) => [instant, index]));
  const lines = new Map<string, (number | null)[]>();
  for (const row of rows.rows) {
    const index = position.get(instantOf(row[time] ?? null));
    if (index === undefined) continue;
    for (const number of numbers) {
      const column = rows.columns[number]!.name;
      const name = label < 0 ? column : `${String(row[label])}${numbers.length > 1 ? ` ${column}` : ''}`;
      const values = lines.get(name) ?? at.map(() => null);
      lines.set(name, values);
      values[index] = numberOf(row[number]);
    }
  }
  const all = [...lines].map(([name, values]) => ({ name, values }));
  return at.length < 2 ? null : { at, lines: all.slice(0, LINES_MAX), more: Math.max(0, all.length - LINES_MAX) };
}

/** As RFC 4180 has it; what a spreadsheet would take for a formula is kept a text. */
export function csv(rows: Rows): string {
  const cell = (value: Value | undefined) => {
    if (value === null || value === undefined) return '';
    const text = typeof value === 'object' ? written(value) : String(value);
    const safe = typeof value === 'string' && /^[=+@\t\r-]/.test(text) && !TIME.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = [rows.columns.map((column) => column.name), ...rows.rows];
  return lines.map((line) => line.map(cell).join(',')).join('\r\n') + '\r\n';
}

/** One object a row. */
export function json(rows: Rows): string {
  const names = distinct(rows.columns.map((column) => column.name));
  const named = rows.rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at] ?? null])));
  return written(named, 1);
}

/** Columns may share a name, members of an object cannot: the second `a` is `a_2`. */
function distinct(names: string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let own = name;
    for (let turn = 2; taken.has(own); turn++) own = `${name}_${turn}`;
    taken.add(own);
    return own;
  });
}

/** A text as one word of a shell. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
