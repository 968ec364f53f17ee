/** Several services in one view: a chart for CPU, RAM and disk each, over one range, with their numbers beside it. */

import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { cells, known } from '../api/live';
import { useAnswer } from '../api/load';
import { METRICS, METRIC_NAMES } from '../api/shapes';
import { shownNow } from '../api/shown';
import { withLive, zoomed } from '../chart/series';
import { Timeline } from '../chart/timeline';
import { type Granularity, bucketOr } from '../core/bucket';
import { change, parameter, parameters } from '../core/place';
import { MINUTE, type Range, type Span, clamp, goesOn, parametersOf, rangeName, rangeOf, resolve } from '../core/range';
import { bucketName, count, dateMinute } from '../core/text';
import { BucketChoice } from '../parts/bucketchoice';
import { Check } from '../parts/check';
import { Bones, Problem, Told } from '../parts/answered';
import { RangeBar } from '../parts/rangebar';
import { wholePixels } from '../parts/width';
import { asking } from './ask';
import { DRAWN_MAX, chosen } from './choice';
import { Chosen } from './chosen';
import { PARTS, Shares, partNamed, shareAt } from './shares';

export function Compare() {
  const range = rangeOf(parameters.value);
  const minute = Math.floor(shownNow.value / MINUTE) * MINUTE;
  const span = useMemo(() => resolve(range, minute), [JSON.stringify(range), minute]);
  const names = chosen();
  return (
    <>
      <div class="heading">
        <h1>
          {names.length < 2 ? 'Compare services' : `${count(Math.min(names.length, DRAWN_MAX))} services compared`}
        </h1>
      </div>
      <Chosen names={names} />
      {names.length > 0 && (
        <>
          <div class="row spread">
            <RangeBar range={range} span={span} />
            <Options span={span} />
          </div>
          <View names={names.slice(0, DRAWN_MAX)} range={range} span={span} />
        </>
      )}
    </>
  );
}

function View({ names, range, span }: { names: string[]; range: Range; span: Span }) {
  const every = everyOf(span);
  const key = [span.from, span.to, every, ...names].join('\n');
  const { answer, of, loading, problem } = useAnswer(key, asking(names, span, every), null);
  const cursor = useSignal<number | null>(null);
  const focus = useSignal<number | null>(null);
  void known.value;
  const live = goesOn(range) && of === key ? names.map((name) => cells.get(name)?.value.now) : null;
  const columns = useMemo(() => {
    if (!answer || of !== key) return null;
    return names.map((name, at) => {
      const asked = answer.columns.get(name)!;
      return live ? withLive(asked, [live[at]?.previous, live[at]?.minute]) : asked;
    });
  }, [answer, of, ...(live ?? [])]);
  const kept = useKept(columns && answer ? { names, columns, answer } : null);

  if (!kept) return problem ? <Problem text={problem} /> : <Bones />;
  const first = kept.columns[0]!;
  const words = rangeName(range, dateMinute);
  const part = partNamed(parameter('show'));
  const zoom = (from: number, to: number) => change(parametersOf(clamp(zoomed(first.every, from, to))), 'push');
  const spoken = (at: number) => {
    const shares = kept.names.map((name, place) => `${name} ${shareAt(kept.columns[place]!.rows[at], 'cpu', part)}`);
    return `${bucketName(first.every, first.at[at] ?? span.from)}: ${PARTS[part].words} CPU of ${shares.join(', ')}`;
  };
  return (
    <>
      {problem && <Problem text={problem} />}
      <Told answer={kept.answer.told} of={words} />
      <div aria-busy={loading} class="stack">
        <Timeline every={first.every} at={first.at} spoken={spoken} cursor={cursor} onZoom={zoom} />
        {METRICS.map((metric) => (
          <section key={metric} class="card" aria-label={METRIC_NAMES[metric]}>
            <Shares
              metric={metric}
              part={part}
              names={kept.names}
              columns={kept.columns}
              summaries={kept.answer.summaries}
              cursor={cursor}
              focus={focus}
              onZoom={zoom}
            />
          </section>
        ))}
      </div>
    </>
  );
}

/** The last one that there was: what was seen stays until there is something newer. */
function useKept<T>(of: T | null): T | null {
  const kept = useMemo(() => ({ value: null as T | null }), []);
  if (of !== null) kept.value = of;
  return kept.value;
}

function everyOf(span: Span): Granularity {
  return bucketOr(parameter('every'), span, wholePixels.value, 'minute');
}

function Options({ span }: { span: Span }) {
  return (
    <div class="row" role="group" aria-label="How it is shown">
      <BucketChoice span={span} every={everyOf(span)} pixels={wholePixels.value} finest="minute" />
      <label class="label">
        Lines
        <select
          class="field"
          value={partNamed(parameter('show'))}
          onChange={(event) =>
            change({ show: event.currentTarget.value === 'mean' ? null : event.currentTarget.value })
          }
        >
          {Object.entries(PARTS).map(([value, { words }]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <Check
        label="Full scale"
        checked={parameter('y') === 'full'}
        onChange={(on) => change({ y: on ? 'full' : null })}
      />
    </div>
  );
}
