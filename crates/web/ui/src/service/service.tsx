/** One service over any range: its three shares, what it sent, and how complete that is. */

import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { cells, known } from '../api/live';
import { useAnswer } from '../api/load';
import { shownNow } from '../api/shown';
import type { Answer } from '../api/shapes';
import { bucketOr, floorTo } from '../core/bucket';
import { link, parameter, parameters } from '../core/place';
import { MINUTE, type Range, type Span, parametersOf, rangeName, rangeOf, resolve } from '../core/range';
import { ago, dateMinute, dateTime, roughly } from '../core/text';
import { change } from '../core/place';
import { patience, share, stateOf, STATE_WORDS, type State } from '../fleet/state';
import { Completeness } from '../parts/completeness';
import { Icon } from '../parts/icons';
import { RangeBar } from '../parts/rangebar';
import { METRICS, METRIC_NAMES } from '../api/shapes';
import { asking } from './ask';
import { Buckets } from './buckets';
import { Charts } from './charts';
import { Arrived } from './arrived';
import { Options } from './options';
import { columnsOf, comparisons, withLive, zoomed } from './series';
import { Timeline } from './timeline';

export function Service() {
  const name = parameter('name') ?? '';
  const range = rangeOf(parameters.value);
  // a range up to now moves on with each minute, and is asked for anew then
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
      <h1>{name}</h1>
      {cell && state && (
        <>
          <span class="badge" data-tone={TONES[state]}>
            <Icon name={state} />
            {STATE_WORDS[state]}
          </span>
          <span class="quiet">
            {METRICS.map((metric) => `${METRIC_NAMES[metric]} ${roughly(share(cell, metric))}`).join(' · ')} · seen{' '}
            <time dateTime={cell.seen.last_seen} title={dateTime(Date.parse(cell.seen.last_seen))}>
              {ago(Date.parse(cell.seen.last_seen), shownNow.value)}
            </time>
          </span>
        </>
      )}
    </div>
  );
}

function View({ name, range, span }: { name: string; range: Range; span: Span }) {
  const every = bucketOr(parameter('every'), span);
  const compared = comparisons(parameter('compare'), every);
  const key = [name, span.from, span.to, every, compared.map((of) => of.value)].join('|');
  const { answer, of, loading, problem } = useAnswer(key, asking(name, span, every, compared), null);
  const cursor = useSignal<number | null>(null);
  const live = 'last' in range && of === key ? cells.get(name)?.value.now : undefined;
  const columns = useMemo(() => {
    if (!answer) return null;
    const asked = columnsOf(answer.main.rows, answer.every, answer.span);
    return live ? withLive(asked, [live.previous, live.minute]) : asked;
  }, [answer, live?.minute, live?.previous]);

  if (!answer || !columns) return problem ? <Problem text={problem} /> : <Bones />;
  const zoom = (from: number, to: number) =>
    change(parametersOf(zoomed(columns.every, from, to, (at) => floorTo(columns.every, at))), 'push');
  const words = rangeName(range, dateMinute);
  return (
    <>
      {problem && <Problem text={problem} />}
      <Options span={span} every={columns.every} />
      <Told answer={answer.main} of={words} />
      <div aria-busy={loading} class="stack">
        <Timeline columns={columns} cursor={cursor} onZoom={zoom} />
        <Charts
          columns={columns}
          summary={answer.summary.rows[0] ?? null}
          others={answer.others}
          cursor={cursor}
          onZoom={zoom}
        />
        <Arrived span={answer.span} />
      </div>
      {parameter('table') !== null && <Buckets columns={columns} service={name} words={words} />}
    </>
  );
}

function Told({ answer, of }: { answer: Answer; of: string }) {
  const widened = answer.from !== answer.asked.from || answer.to !== answer.asked.to;
  return (
    <>
      {widened && (
        <p class="banner" role="status">
          Only whole buckets are left there, so this is {answer.from} to {answer.to}.
        </p>
      )}
      <Completeness
        coverage={answer.coverage}
        watermark={answer.watermark}
        warnings={answer.warnings}
        of={of}
        shown={answer.rows.length > 0}
      />
    </>
  );
}

function Problem({ text }: { text: string }) {
  return (
    <p class="banner" data-tone="bad" role="alert">
      <Icon name="high" /> {text}
    </p>
  );
}

function Bones() {
  return (
    <div class="charts" role="status" aria-label="Loading the charts">
      {METRICS.map((metric) => (
        <div key={metric} class="card">
          <div class="bone" style={{ height: '12.4rem' }} />
        </div>
      ))}
    </div>
  );
}
