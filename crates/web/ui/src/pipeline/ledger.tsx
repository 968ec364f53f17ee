/** What became of everything that arrived, over a range of time: marks, sums and lines. */

import { useMemo } from 'preact/hooks';
import { byMinute, sum } from '../api/ledger';
import { useAnswer } from '../api/load';
import { now } from '../api/live';
import { ask } from '../api/request';
import type { LedgerLine, Rejected } from '../api/shapes';
import { parameters } from '../core/place';
import { DAY, MINUTE, askedTime, goesOn, rangeName, rangeOf, resolve } from '../core/range';
import { count, dateMinute, dateTime } from '../core/text';
import { Marks, MarksLegend } from '../parts/marks';
import { RangeBar } from '../parts/rangebar';
import { type Column, Table } from '../parts/table';

const REFRESH = 10_000;
/** A line for each minute and source; more than these are asked for by SQL. */
const LONGEST = 8 * DAY;

export function Ledger() {
  const range = rangeOf(parameters.value);
  const minute = Math.floor(now.value / MINUTE) * MINUTE;
  const all = resolve(range, minute);
  const span = { from: Math.max(all.from, all.to - LONGEST), to: all.to };
  const load = (signal: AbortSignal) =>
    ask<LedgerLine[]>('ledger', { from: askedTime(span.from), to: askedTime(span.to) }, signal);
  const { answer, problem } = useAnswer(`${span.from}|${span.to}`, load, goesOn(range) ? REFRESH : null);
  const fates = useMemo(() => answer && byMinute(answer, span), [answer]);
  const words = rangeName(range, dateMinute);
  return (
    <section class="card editor" aria-labelledby="ledger">
      <header>
        <h2 id="ledger">Ledger</h2>
        <span class="quiet">what became of everything that arrived, by time of receipt</span>
      </header>
      <RangeBar range={range} span={span} />
      {span.from > all.from && <p class="quiet">The last 8 days of {words}; for more ask the table ledger.</p>}
      {problem && <p role="alert">{problem}</p>}
      {fates ? <Marks fates={fates} span={span} /> : <div class="bone marks" />}
      <MarksLegend />
      <Sums lines={answer ?? []} />
      <Table
        caption={`Ledger, ${words}, the newest first`}
        columns={COLUMNS}
        rows={[...(answer ?? [])].reverse()}
        empty={answer ? 'Nothing arrived in this range.' : 'Loading…'}
      />
      <Refused />
    </section>
  );
}

function Sums({ lines }: { lines: LedgerLine[] }) {
  const minutes = lines.filter((line) => line.kind === undefined);
  const total = (of: (line: (typeof minutes)[number]) => number) => minutes.reduce((all, line) => all + of(line), 0);
  const reasons = new Map<string, number>();
  for (const line of minutes) {
    for (const [reason, many] of Object.entries(line.rejected)) reasons.set(reason, (reasons.get(reason) ?? 0) + many);
  }
  const unknown = minutes.some((line) => line.kernel_dropped === null);
  const figures: [string, string][] = [
    ['Received', count(total((line) => line.received))],
    ['Accepted', count(total((line) => line.accepted))],
    ['Duplicates', count(total((line) => line.duplicate))],
    ['Shed', count(total((line) => line.shed))],
    ['Dropped by the kernel', unknown ? 'not known' : count(total((line) => line.kernel_dropped ?? 0))],
    ['Rejected', count(sum(Object.fromEntries(reasons)))],
  ];
  return (
    <>
      <dl class="figures" data-sums>
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {reasons.size > 0 && (
        <ul class="row" aria-label="Rejected, by reason">
          {[...reasons]
            .sort((one, other) => other[1] - one[1])
            .map(([reason, many]) => (
              <li key={reason} class="badge" data-tone="warn">
                {count(many)} {reason.replaceAll('_', ' ')}
              </li>
            ))}
        </ul>
      )}
    </>
  );
}

const COLUMNS: Column<LedgerLine>[] = [
  {
    name: 'time',
    cell: (line) =>
      line.kind === undefined
        ? dateMinute(Date.parse(line.minute))
        : `${dateTime(Date.parse(line.from))} – ${dateTime(Date.parse(line.to))}`,
  },
  { name: 'source', cell: (line) => line.source },
  { name: 'what', cell: (line) => kindOf(line) },
  { name: 'received', number: true, cell: (line) => (line.kind === undefined ? count(line.received) : '') },
  { name: 'accepted', number: true, cell: (line) => (line.kind === undefined ? count(line.accepted) : '') },
  { name: 'duplicates', number: true, cell: (line) => (line.kind === undefined ? count(line.duplicate) : '') },
  { name: 'rejected', cell: (line) => (line.kind === undefined ? reasonsOf(line.rejected) : '') },
  { name: 'shed', number: true, cell: (line) => (line.kind === undefined ? count(line.shed) : '') },
  {
    name: 'dropped',
    number: true,
    cell: (line) =>
      line.kind !== undefined ? '' : line.kernel_dropped === null ? 'not known' : count(line.kernel_dropped),
  },
];

function kindOf(line: LedgerLine): string {
  if (line.kind === undefined) return 'counts';
  if (line.kind === 'damage') return `damaged: segment ${line.segment} of ${line.journal}`;
  return line.clean ? 'stopped' : 'ended uncleanly';
}

function reasonsOf(rejected: Record<string, number>): string {
  const parts = Object.entries(rejected).map(([reason, many]) => `${count(many)} ${reason.replaceAll('_', ' ')}`);
  return parts.join(', ') || '0';
}

/** The newest refused messages, as they came. */
function Refused() {
  const { answer } = useAnswer('rejects', (signal) => ask<Rejected[]>('rejects', { limit: '20' }, signal), REFRESH);
  if (!answer || answer.length === 0) return null;
  const columns: Column<Rejected>[] = [
    { name: 'received', cell: (of) => dateTime(Date.parse(of.received_at)) },
    { name: 'reason', cell: (of) => of.reason.replaceAll('_', ' ') },
    { name: 'from', cell: (of) => of.source },
    { name: 'what was wrong', cell: (of) => of.detail, wrap: true },
    { name: 'message', cell: (of) => <code>{of.bytes.slice(0, 200)}</code> },
  ];
  return (
    <details>
      <summary>The last refused messages, as they came, and why</summary>
      <Table caption="Refused messages, the newest first" columns={columns} rows={answer} />
    </details>
  );
}
