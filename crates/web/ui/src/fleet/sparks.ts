/**
 * The last hour of each service, minute by minute, for the small charts on its tile. Loaded for tiles that come into
 * sight, many at a time; then kept up to date from what is live.
 */

import { type Signal, batch, signal } from '@preact/signals';
import { type ServiceCell, cells, now } from '../api/live';
import { METRICS, type Measured, type Metric } from '../api/shapes';
import { ask, quoted } from '../api/sql';
import { MINUTE, askedTime } from '../core/range';

export const MINUTES = 60;
const AT_ONCE = 40;
const GATHER = 30;

type Shares = Record<Metric, number>;

/** Means by the start of their minute. */
export type Spark = Map<number, Shares>;

interface Kept {
  spark: Signal<Spark>;
  /** When it was asked for; anew where what is live has a hole since. */
  asked: number;
}

const kept = new Map<string, Kept>();
let wanted = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;

export function sparkOf(name: string): Signal<Spark> {
  return entry(name).spark;
}

function entry(name: string): Kept {
  const known = kept.get(name);
  if (known) return known;
  const made: Kept = { spark: signal<Spark>(new Map()), asked: 0 };
  kept.set(name, made);
  return made;
}

/** A tile is in sight. */
export function want(name: string): void {
  if (entry(name).asked > 0) return;
  entry(name).asked = Date.now();
  wanted.add(name);
  timer ??= setTimeout(() => void load(), GATHER);
}

/** After a gap in what is live everything in sight is asked for again. */
export function forget(): void {
  for (const of of kept.values()) of.asked = 0;
}

async function load(): Promise<void> {
  timer = undefined;
  const names = [...wanted];
  wanted = new Set();
  for (let at = 0; at < names.length; at += AT_ONCE) await loadSome(names.slice(at, at + AT_ONCE));
}

/** In thousandths and without what no small chart shows: a tenth of what the API's rows would be, for hundreds of tiles. */
function statement(names: string[], since: number): string {
  const shares = METRICS.map((metric) => `CAST(round(${metric}_avg * 1000) AS INT)`);
  return (
    `SELECT service, CAST(extract(epoch FROM time) AS BIGINT) / 60, ${shares.join(', ')} FROM minute ` +
    `WHERE service IN (${names.map(quoted).join(', ')}) AND time >= TIMESTAMP '${askedTime(since)}'`
  );
}

async function loadSome(names: string[]): Promise<void> {
  try {
    const since = Math.floor(now.peek() / MINUTE) * MINUTE - MINUTES * MINUTE;
    const { rows } = await ask(statement(names, since));
    const found = new Map<string, Spark>(names.map((name) => [name, new Map()]));
    for (const [name, minute, cpu, ram, disk] of rows) {
      const shares = { cpu: Number(cpu) / 1000, ram: Number(ram) / 1000, disk: Number(disk) / 1000 };
      found.get(String(name))?.set(Number(minute) * MINUTE, shares);
    }
    batch(() => {
      for (const [name, spark] of found) entry(name).spark.value = spark;
    });
  } catch {
    // what went wrong is told by the connection; the tile asks again when it comes into sight the next time
    for (const name of names) entry(name).asked = 0;
  }
}

function shares(of: Measured): Shares {
  return { cpu: of.cpu.avg, ram: of.ram.avg, disk: of.disk.avg };
}

/** The points of the last hour, with what is live on top. */
export function pointsOf(spark: Spark, cell: ServiceCell | undefined, metric: Metric, now: number): (number | null)[] {
  const end = Math.floor(now / MINUTE) * MINUTE;
  const points = Array.from({ length: MINUTES }, (_, at) => {
    const minute = end - (MINUTES - 1 - at) * MINUTE;
    return spark.get(minute)?.[metric] ?? null;
  });
  for (const minute of [cell?.now.previous, cell?.now.minute]) {
    if (!minute) continue;
    const at = MINUTES - 1 - (end - Date.parse(minute.time)) / MINUTE;
    if (at >= 0 && at < MINUTES) points[at] = minute[metric].avg;
  }
  return points;
}

/** Takes over minutes that are done, so that the hour moves on. */
export function settle(name: string): void {
  const of = kept.get(name);
  const previous = cells.get(name)?.peek().now.previous;
  if (!of || !previous) return;
  const minute = Date.parse(previous.time);
  const before = of.spark.peek();
  if (METRICS.every((metric) => before.get(minute)?.[metric] === previous[metric].avg)) return;
  before.set(minute, shares(previous));
  before.delete(minute - (MINUTES + 5) * MINUTE);
}
