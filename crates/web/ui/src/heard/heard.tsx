/** How much of the time the service was heard: the range as bars, days and weeks as percentages, each silence with its
 * beginning and end. */

import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { cells, known } from '../api/live';
import { useAnswer } from '../api/load';
import { shownNow } from '../api/shown';
import { change, parameter } from '../core/place';
import { DAY, HOUR, MINUTE, type Span } from '../core/range';
import { clockMinute, count, dateMinute, length, shareHeardText } from '../core/text';
import { PATIENCES, patience } from '../fleet/state';
import { type Column, Table } from '../parts/table';
import { chartPixels } from '../parts/width';
import { lastWhole, minutesOf } from './ask';
import { HeardBar } from './bar';
import { type Judgement, type Silence, judge, shareHeard, usualDistance } from './judge';
import { notes } from './notes';

const REFRESH = 60_000;
/** Months of minutes are not asked for each minute. */
const REFRESH_LONG = 600_000;
const LONGEST = 400 * DAY;
const SLOT_PIXELS = 7;
const PERIODS = [
  { name: '24 h', long: DAY },
  { name: '7 d', long: 7 * DAY },
  { name: '30 d', long: 30 * DAY },
];

interface Props {
  name: string;
  span: Span;
  /** The range in words. */
  words: string;
  onZoom: (span: Span) => void;
}

export function Heard({ name, span, words, onZoom }: Props) {
  const late = patience(parameter('late'));
  const now = lastWhole(shownNow.value);
  // the same question for all ranges of these days, so that choosing among them asks for nothing
  const hour = (at: number) => Math.floor(at / HOUR) * HOUR;
  const usual = hour(now - 30 * DAY);
  const from = Math.max(Math.min(hour(span.from), usual), hour(now - LONGEST)) - late;
  const load = (signal: AbortSignal) => minutesOf(name, from, signal);
  const refresh = from < usual - late ? REFRESH_LONG : REFRESH;
  const { answer, problem } = useAnswer(`heard|${name}|${from}`, load, refresh);
  const since = Date.parse(cells.get(name)?.value.seen.first_seen ?? '');
  const judged = useMemo(() => {
    if (!answer || Number.isNaN(since)) return null;
    const given = { ...answer, since, late };
    const { until } = answer;
    const periods = PERIODS.map((of) => ({ ...of, judged: judge(given, { from: until - of.long, to: until }) }));
    return { periods, here: judge(given, span), distance: usualDistance(answer.heard) };
  }, [answer, since, late, span.from, span.to]);
  // of a service that never sent there is nothing to judge
  if (known.value && Number.isNaN(since)) return null;
  return (
    <section class="card heard" aria-labelledby="heard">
      <header>
        <h2 id="heard">Heard</h2>
        {judged && (
          <dl class="shares">
            <Share name="this range" of={judged.here} title={words} />
            {judged.periods.map(({ name: period, judged: of }) => (
              <Share key={period} name={period} of={of} title={`the last ${period}, up to now`} />
            ))}
          </dl>
        )}
        <Late />
      </header>
      {problem && !judged && <p role="alert">{problem}</p>}
      {!judged && !problem && <div class="bone heardbar" />}
      {judged && (
        <>
          <Bars of={judged.here} span={span} onZoom={onZoom} />
          <Rarely of={judged.here} distance={judged.distance} late={late} />
          <Silences of={judged.here} name={name} />
        </>
      )}
    </section>
  );
}

function Late() {
  return (
    <label class="label">
      Late after
      <select
        class="field"
        value={parameter('late') ?? PATIENCES[0]!.value}
        onChange={(event) => {
          const { value } = event.currentTarget;
          change({ late: value === PATIENCES[0]!.value ? null : value });
        }}
      >
        {PATIENCES.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A row of bars as wide as the page; the one under the pointer tells what it is, and a click leads into it. */
function Bars({ of, span, onZoom }: { of: Judgement; span: Span; onZoom: (span: Span) => void }) {
  const pointed = useSignal<number | null>(null);
  const room = Math.floor((chartPixels.value * (innerWidth >= 1150 ? 2 : 1)) / SLOT_PIXELS);
  const many = Math.max(1, Math.min(Math.ceil((span.to - span.from) / MINUTE), room, 240));
  const width = (span.to - span.from) / many;
  const slotAt = (event: MouseEvent) => {
    const { left, width: across } = (event.currentTarget as Element).getBoundingClientRect();
    return Math.min(many - 1, Math.max(0, Math.floor(((event.clientX - left) / across) * many)));
  };
  const slot = (at: number): Span => ({ from: span.from + at * width, to: span.from + (at + 1) * width });
  return (
    <div
      class="bars"
      onPointerMove={(event) => (pointed.value = slotAt(event))}
      onPointerLeave={() => (pointed.value = null)}
      onClick={(event) => onZoom(slot(slotAt(event)))}
    >
      <HeardBar of={of} span={span} many={many} spoken={spoken(of)} />
      <p class="row spread quiet">
        <span>{dateMinute(span.from)}</span>
        <span>{pointed.value === null ? '' : told(of, slot(pointed.value))}</span>
        <span>{dateMinute(span.to)}</span>
      </p>
    </div>
  );
}

function times(many: number): string {
  return many === 1 ? 'once' : `${count(many)} times`;
}

function told({ pieces }: Judgement, slot: Span): string {
  const sums = { heard: 0, silent: 0, unknown: 0, before: 0 };
  for (const { from, to, kind } of pieces) {
    sums[kind] += Math.max(0, Math.min(to, slot.to) - Math.max(from, slot.from));
  }
  const parts = (Object.keys(WORDS) as (keyof typeof WORDS)[])
    .filter((kind) => sums[kind] >= 1000)
    .map((kind) => `${WORDS[kind]} ${length(sums[kind])}`);
  return `${dateMinute(slot.from)} – ${clockMinute(slot.to)}: ${parts.join(', ') || 'still to come'}`;
}

const WORDS = { heard: 'heard', silent: 'unheard', unknown: 'not known', before: 'before its first message' };

function spoken(of: Judgement): string {
  const { silences } = of;
  return `Heard ${shareHeardText(shareHeard(of))} of the time that is known, unheard ${times(silences.length)}`;
}

function Share({ name, of, title }: { name: string; of: Judgement; title: string }) {
  const share = shareHeard(of);
  const beside = notes(of.sums);
  const tone = share === null ? '' : share === 1 ? 'ok' : share >= 0.99 ? 'warn' : 'bad';
  return (
    <div title={title} data-heard={name} data-tone={tone}>
      <dt>{name}</dt>
      <dd>
        <b>{share === null ? 'not known' : shareHeardText(share)}</b>
        {beside.length > 0 && <span class="quiet">{beside.join(' ')}</span>}
      </dd>
    </div>
  );
}

/** Who sends every ten minutes is not silent for nine of them. */
function Rarely({ of, distance, late }: { of: Judgement; distance: number | null; late: number }) {
  const fitting = PATIENCES.find(({ ms }) => distance !== null && ms > distance);
  if (distance === null || distance <= late || !fitting || of.sums.silent === 0) return null;
  return (
    <p class="row">
      <span>
        It is heard every {length(distance)} as a rule, so what counts as unheard here is but the time between messages.
      </span>
      <button type="button" class="button" onClick={() => change({ late: fitting.value })}>
        Judge it by {fitting.label}
      </button>
    </p>
  );
}

function Silences({ of: { silences, pieces }, name }: { of: Judgement; name: string }) {
  const newest = useMemo(() => [...silences].reverse(), [silences]);
  const unknown = pieces.filter((piece) => piece.kind === 'unknown');
  const columns: Column<Silence>[] = [
    { name: 'lost', cell: ({ from, early }) => `${early ? 'before ' : ''}${dateMinute(from)}` },
    { name: 'back', cell: ({ to, open }) => (open ? 'not yet' : dateMinute(to)) },
    { name: 'unheard for', number: true, cell: ({ silent }) => length(silent) },
    { name: 'not known', number: true, cell: ({ unknown: of }) => (of > 0 ? length(of) : '') },
  ];
  return (
    <>
      {unknown.length > 0 && (
        <p class="quiet">
          Not known: {unknown.length === 1 ? 'a time' : `${count(unknown.length)} times`} in which nobody listened here,
          messages were lost, or which is not kept any more. They count neither way.
        </p>
      )}
      {silences.length > 0 && (
        <details open={silences.length <= 5}>
          <summary>
            Unheard {times(silences.length)} in this range{silences.length > 1 && ', the newest first'}
          </summary>
          <Table caption={`When ${name} was not heard`} columns={columns} rows={newest} />
        </details>
      )}
    </>
  );
}
