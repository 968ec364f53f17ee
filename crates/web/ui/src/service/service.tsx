/** One service over any range: its three shares, what it sent, and how complete that is. */

import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { type ServiceCell, cells, known } from '../api/live';
import { useAnswer } from '../api/load';
import { shownNow } from '../api/shown';
import { bucketOr } from '../core/bucket';
import { link, parameter, parameters } from '../core/place';
import {
  MINUTE,
  type Range,
  type Span,
  clamp,
  goesOn,
  parametersOf,
  rangeName,
  rangeOf,
  resolve,
  whole,
} from '../core/range';
import { ago, dateMinute, dateTime, roughly, visible } from '../core/text';
import { change } from '../core/place';
import { patience, share, stateOf, STATE_WORDS, type State } from '../fleet/state';
import { Bones, Problem, Told } from '../parts/answered';
import { Heard } from '../heard/heard';
import { comparison } from '../compare/choice';
import { Icon } from '../parts/icons';
import { RangeBar } from '../parts/rangebar';
import { METRICS, METRIC_NAMES } from '../api/shapes';
import { asking } from './ask';
import { Buckets } from './buckets';
import { Charts } from './charts';
import { Arrived } from './arrived';
import { Options } from './options';
import { comparisons, gathered, withLive, zoomed } from '../chart/series';
import { Timeline } from '../chart/timeline';
import { spoken } from './spoken';
import { chartPixels } from '../parts/width';

const MESSAGES_EVERY = 2_000;

export function Service() {
  const name = parameter('name') ?? '';
  const range = rangeOf(parameters.value);
  // a range up to now moves on with each minute, and is asked for anew then
  const unknown = known.value && name !== '' && !cells.has(name);
  const minute = Math.floor(shownNow.value / MINUTE) * MINUTE;
  const span = useMemo(() => resolve(range, minute), [JSON.stringify(range), minute]);
  if (!name)
    return (
      <p>
        No service is named. Choose one in the <a href={link('/')}>fleet</a>.
      </p>
    );
  return (
    <>
      <Heading name={name} />
      {unknown && (
        <p class="banner" role="status">
          <span>
            No message of a service of this name was ever accepted. As soon as one is, this page shows it; the{' '}
            <a href={link('/')}>fleet</a> has the names there are.
          </span>
        </p>
      )}
      <RangeBar range={range} span={span} />
      <View key={name} name={name} range={range} span={span} />
    </>
  );
}

const TONES: Record<State, string> = { silent: 'bad', late: 'warn', high: 'warn', up: 'ok', gone: 'none' };

function Heading({ name }: { name: string }) {
  void known.value;
  const cell = cells.get(name)?.value;
  const state = cell && stateOf(cell, shownNow.value, patience(parameter('late')));
  return (
    <div class="heading">
      <h1>{visible(name)}</h1>
      {cell && state && (
        <>
          <span class="badge" data-tone={TONES[state]}>
            <Icon name={state} />
            {STATE_WORDS[state]}
          </span>
          <span class="quiet">
            {spokenLast(cell)}seen{' '}
            <time dateTime={cell.seen.last_received} title={dateTime(Date.parse(cell.seen.last_received))}>
              {ago(Date.parse(cell.seen.last_received), shownNow.value)}
            </time>
          </span>
        </>
      )}
      <a class="button" href={link('/compare', comparison([name]))}>
        <Icon name="compare" />
        Compare
      </a>
    </div>
  );
}

/** What it said last; nothing where that was before the daemon's start. */
function spokenLast(cell: ServiceCell): string {
  const told = METRICS.filter((metric) => share(cell, metric) !== null);
  return told.map((metric) => `${METRIC_NAMES[metric]} ${roughly(share(cell, metric))} · `).join('');
}

function View({ name, range, span }: { name: string; range: Range; span: Span }) {
  const every = bucketOr(parameter('every'), span, chartPixels.value);
  const compared = comparisons(parameter('compare'), every);
  // single messages come every few seconds; buckets are kept up to date by what is live
  const refresh = every === 'message' && goesOn(range) ? MESSAGES_EVERY : null;
  const key = [name, span.from, span.to, every, compared.map((of) => of.value)].join('|');
  const { answer, of, loading, problem } = useAnswer(key, asking(name, span, every, compared), refresh);
  const cursor = useSignal<number | null>(null);
  const live = goesOn(range) && of === key ? cells.get(name)?.value.now : undefined;
  const columns = useMemo(() => {
    if (!answer) return null;
    const { columns: asked } = answer;
    return gathered(live ? withLive(asked, [live.previous, live.minute]) : asked, every);
  }, [answer, every, live?.minute, live?.previous]);
  // in the same buckets, also while the next answer is awaited; where they are not to be had, not at all
  const others = useMemo(() => {
    if (!answer || !columns) return [];
    const found = answer.others.map((other) => ({ ...other, columns: gathered(other.columns, columns.every) }));
    return found.filter((other) => other.columns.every === columns.every);
  }, [answer, columns?.every]);

  if (!answer || !columns) return problem ? <Problem text={problem} /> : <Bones />;
  const zoom = (from: number, to: number) => change(parametersOf(clamp(zoomed(columns.every, from, to))), 'push');
  const words = rangeName(range, dateMinute);
  return (
    <>
      {problem && <Problem text={problem} />}
      <Options span={span} every={columns.every} />
      <Told answer={answer.told} of={words} />
      <Heard
        name={name}
        span={columns.span}
        words={words}
        onZoom={(slot) => change(parametersOf(whole(slot)), 'push')}
      />
      <div aria-busy={loading} class="stack">
        <Timeline
          every={columns.every}
          at={columns.at}
          spoken={(at) => spoken(columns, at)}
          cursor={cursor}
          onZoom={zoom}
        />
        <Charts
          columns={columns}
          summary={answer.summary}
          others={others}
          messages={answer.messages}
          cursor={cursor}
          onZoom={zoom}
        />
        <Arrived span={columns.span} />
      </div>
      {parameter('table') !== null && <Buckets columns={columns} service={name} words={words} />}
    </>
  );
}
