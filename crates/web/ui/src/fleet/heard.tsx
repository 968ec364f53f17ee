/** The last day of a tile: how much of it the service was heard. Asked for tiles in sight, many at a time. */

import { type ReadonlySignal, type Signal, batch, computed, signal } from '@preact/signals';
import { cells } from '../api/live';
import { shownNow } from '../api/shown';
import { parameter } from '../core/place';
import { DAY, type Span } from '../core/range';
import { duration, length, shareHeardText } from '../core/text';
import { heardOf, lastWhole, listenedIn } from '../heard/ask';
import { HeardBar } from '../heard/bar';
import { type Minutes, judge, shareHeard } from '../heard/judge';
import { patience } from './state';

const AT_ONCE = 50;
const SLOTS = 48;
/** A few minutes that are not known do not make a day less than one. */
const NEARLY = 0.99;
/** The end of the last minute of which all is here; the small charts follow it. */
export const lastMinute = computed(() => lastWhole(shownNow.value));

interface Kept {
  minutes: Signal<Minutes | null>;
  asked: number;
}

const kept = new Map<string, Kept>();
let queue = Promise.resolve();

function entry(name: string): Kept {
  const known = kept.get(name) ?? { minutes: signal<Minutes | null>(null), asked: 0 };
  kept.set(name, known);
  return known;
}

/** These are in sight; asked for once a minute. */
export function wantHeard(names: string[]): void {
  const now = lastMinute.peek();
  const due = names.filter((name) => entry(name).asked < now);
  for (const name of due) entry(name).asked = now;
  for (let at = 0; at < due.length; at += AT_ONCE) {
    const some = due.slice(at, at + AT_ONCE);
    // one after the other: a fleet that is scrolled through must not fill the daemon's queue
    queue = queue.then(() => load(some, now));
  }
}

/** The same for all of them, and asked for once. */
let listening: { until: number; found: Promise<Span[]> } | null = null;

function listened(span: Span): Promise<Span[]> {
  if (listening?.until !== span.to) {
    const found = listenedIn(span);
    listening = { until: span.to, found };
    found.catch(() => (listening = null));
  }
  return listening!.found;
}

async function load(names: string[], now: number): Promise<void> {
  // as long as the most patient judgement looks back
  const span = { from: now - 2 * DAY, to: now };
  try {
    const [found, known] = await Promise.all([heardOf(names, span), listened(span)]);
    batch(() => {
      for (const [name, heard] of found)
        entry(name).minutes.value = { heard, listened: known, from: span.from, until: now };
    });
  } catch {
    // what went wrong is told by the connection; the tile asks again with the next minute
    for (const name of names) entry(name).asked = 0;
  }
}

export function HeardDay({ name, visible }: { name: string; visible: ReadonlySignal<boolean> }) {
  const minutes = visible.value ? entry(name).minutes.value : entry(name).minutes.peek();
  const late = patience(parameter('late'));
  const since = Date.parse(cells.get(name)?.peek().seen.first_seen ?? '');
  if (!minutes || Number.isNaN(since)) return <div class="heardday" />;
  const span = { from: minutes.until - DAY, to: minutes.until };
  const of = judge({ ...minutes, since, late }, span);
  const share = shareHeard(of);
  const known = of.sums.heard + of.sums.silent;
  const told = known >= NEARLY * DAY ? '24 h' : duration(known);
  const silent = of.sums.silent > 0 ? `, unheard ${length(of.sums.silent)}` : '';
  return (
    <div class="heardday">
      <HeardBar of={of} span={span} many={SLOTS} spoken="" />
      <p>
        {share === null ? '24 h not known' : `heard ${shareHeardText(share)} of ${told}`}
        {silent}
      </p>
    </div>
  );
}
