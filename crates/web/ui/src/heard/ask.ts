/** The minutes in which services were heard, and those in which somebody listened, as few rows as that takes. */

import { type Value, ask, quoted } from '../api/sql';
import { MINUTE, type Span, askedTime } from '../core/range';
import { type Minutes, without } from './judge';

const INSTANT = 'CAST(extract(epoch FROM time) AS BIGINT) / 60';
/** Minutes one after the other have the same distance to their own number. */
const ISLANDS = 'minute - row_number() OVER (PARTITION BY name ORDER BY minute) AS island';

function within(span: Span): string {
  return `time >= TIMESTAMP '${askedTime(span.from)}' AND time < TIMESTAMP '${askedTime(span.to)}'`;
}

function stretches(minutes: string): string {
  return (
    `SELECT name, min(minute) AS first, max(minute) AS last FROM (SELECT name, minute, ${ISLANDS} FROM (${minutes})) ` +
    'GROUP BY name, island ORDER BY name, first'
  );
}

function spanOf(first: Value | undefined, last: Value | undefined): Span {
  return { from: Number(first) * MINUTE, to: (Number(last) + 1) * MINUTE };
}

/** By name, also of those of which nothing was heard. */
export async function heardOf(names: string[], span: Span, signal?: AbortSignal): Promise<Map<string, Span[]>> {
  const minutes =
    `SELECT service AS name, ${INSTANT} AS minute FROM minute ` +
    `WHERE service IN (${names.map(quoted).join(', ')}) AND ${within(span)}`;
  const found = new Map<string, Span[]>(names.map((name) => [name, []]));
  for (const [name, first, last] of (await ask(stretches(minutes), signal)).rows) {
    found.get(String(name))?.push(spanOf(first, last));
  }
  return found;
}

/** What is imported says nothing of who listens. */
const LISTENING = "source NOT LIKE 'import%'";

/** Minutes are kept from here on; those before are not silence, but gone. */
async function floorOfMinutes(signal?: AbortSignal): Promise<number> {
  const { rows } = await ask('EXPLAIN SELECT time FROM minute', signal);
  return floorIn(rows.flat().join('\n'));
}

/** As a plan tells it: `kept from 2026-11-19T00:00:00Z`; all are kept where it tells nothing. */
export function floorIn(plan: string): number {
  const found = /kept from (\S+)/.exec(plan);
  return found ? Date.parse(found[1]!) : -Infinity;
}

/** Whole minutes in which somebody listened and, as far as the ledger tells, nothing was lost; as far as they are kept. */
export async function listenedIn(span: Span, signal?: AbortSignal): Promise<Span[]> {
  const counted = `SELECT DISTINCT 1 AS name, ${INSTANT} AS minute FROM ledger WHERE kind = 'counts' AND ${LISTENING} AND ${within(span)}`;
  const amiss =
    `SELECT time, until FROM ledger WHERE ${LISTENING} AND (kind <> 'counts' OR shed > 0 OR kernel_dropped > 0) ` +
    `AND until > TIMESTAMP '${askedTime(span.from)}' AND time < TIMESTAMP '${askedTime(span.to)}'`;
  const [listened, lost, floor] = await Promise.all([
    ask(stretches(counted), signal),
    ask(amiss, signal),
    floorOfMinutes(signal),
  ]);
  const gone = floor > span.from ? [{ from: span.from, to: floor }] : [];
  const told = lost.rows.map(([time, until]) => ({ from: Date.parse(String(time)), to: Date.parse(String(until)) }));
  return without(
    listened.rows.map(([, first, last]) => spanOf(first, last)),
    [...gone, ...told],
  );
}

/** What was sent in a minute is on its way for a little while after its end. */
const ON_ITS_WAY = 10_000;

/** The end of the last minute of which all is here. */
export function lastWhole(now: number): number {
  return Math.floor((now - ON_ITS_WAY) / MINUTE) * MINUTE;
}

/** Of one service, from an instant until now. */
export async function minutesOf(name: string, from: number, signal: AbortSignal): Promise<Minutes> {
  const until = lastWhole(Date.now());
  const span = { from, to: until };
  const [heard, listened] = await Promise.all([heardOf([name], span, signal), listenedIn(span, signal)]);
  return { heard: heard.get(name)!, listened, from, until };
}
