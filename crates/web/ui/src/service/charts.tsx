/** CPU, RAM and disk: mean, band from minimum to maximum, marked peaks, earlier times as dashed lines. */

import type { Signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { METRICS, METRIC_NAMES, type Metric, type Row } from '../api/shapes';
import { parameter } from '../core/place';
import { dateTime, percent } from '../core/text';
import { colour, theme } from '../parts/theme';
import type { Look, Other } from './ask';
import { Chart } from '../chart/chart';
import { Messages, SingleMessages } from './messages';
import type { Drawing } from '../chart/plot';
import { type Columns, peaks, values } from '../chart/series';

const PEAKS = 3;
/** Two rows of charts fit the screen that the page was opened on. */
export const HEIGHT = Math.round(Math.min(300, Math.max(170, (innerHeight - 520) / 2)));
const OTHER_COLOURS: Record<string, string> = { day: 'other-1', week: 'other-2' };

interface Props {
  columns: Columns;
  /** Of the whole range; null where there are no messages. */
  summary: Row | null;
  others: Other[];
  messages: Look['messages'];
  cursor: Signal<number | null>;
  onZoom: (from: number, to: number) => void;
}

export function Charts(props: Props) {
  return (
    <div class="charts wide" style={{ '--chart-height': `${HEIGHT}px` }}>
      {METRICS.map((metric) => (
        <section key={metric} class="card" aria-label={METRIC_NAMES[metric]}>
          <MetricChart metric={metric} {...props} />
        </section>
      ))}
      {props.messages ? <SingleMessages of={props.messages} /> : <Messages {...props} />}
    </div>
  );
}

function MetricChart({ metric, columns, summary, others, messages, cursor, onZoom }: Props & { metric: Metric }) {
  const full = parameter('y') === 'full';
  const shade = theme.value;
  const single = columns.every === 'message';
  // what several instances say is no line
  const apart = single && new Set(messages?.rows.map((of) => of.instance)).size > 1;
  const drawing = useMemo<Drawing>(
    () => ({
      kind: single ? 'points' : 'shares',
      every: columns.every,
      span: columns.span,
      at: columns.at,
      main: {
        name: METRIC_NAMES[metric],
        colour: colour(metric),
        values: values(columns, metric, 'avg'),
        ...(apart ? { width: 0 } : {}),
      },
      ...(single ? {} : { band: { low: values(columns, metric, 'min'), high: values(columns, metric, 'max') } }),
      others: others.map(({ comparison, columns: earlier }) => ({
        name: comparison.label,
        colour: colour(OTHER_COLOURS[comparison.value]!),
        values: columns.at.map((_, at) => earlier.rows[at]?.[metric].avg ?? null),
        dash: [5, 4],
        width: 1.4,
      })),
      peaks: peaks(columns, metric, single ? 1 : PEAKS),
      top: full ? 1 : null,
    }),
    [columns, others, full, shade],
  );
  const of = summary?.[metric];
  const spoken = of
    ? `Mean ${percent(of.avg)}, from ${percent(of.min)} to ${percent(of.max)}, highest at ${dateTime(Date.parse(of.max_at))}`
    : 'No messages in this range';
  return (
    <Chart
      name={METRIC_NAMES[metric]}
      spoken={spoken}
      height={HEIGHT}
      drawing={drawing}
      onCursor={(index) => (cursor.value = index)}
      onZoom={onZoom}
    >
      <h3>
        <span class="swatch" style={{ background: `var(--${metric})` }} />
        {METRIC_NAMES[metric]}
      </h3>
      {of && (
        <span data-summary={metric}>
          mean <b>{percent(of.avg)}</b> · lowest <b>{percent(of.min)}</b> · peak <b>{percent(of.max)}</b> at{' '}
          <time dateTime={of.max_at}>{dateTime(Date.parse(of.max_at))}</time>
        </span>
      )}
      {others.map(({ comparison }) => (
        <span key={comparison.value} class="label">
          <span class="swatch line dashed" style={{ color: `var(--${OTHER_COLOURS[comparison.value]})` }} />
          {comparison.label}
        </span>
      ))}
      <AtCursor metric={metric} columns={columns} others={others} cursor={cursor} />
    </Chart>
  );
}

function AtCursor({
  metric,
  columns,
  others,
  cursor,
}: Pick<Props, 'columns' | 'others' | 'cursor'> & { metric: Metric }) {
  const index = cursor.value;
  const row = index === null ? null : columns.rows[index];
  if (index === null || !row) return null;
  const { avg, min, max } = row[metric];
  return (
    <span class="at">
      <b>{percent(avg)}</b>
      {row.count > 1 && ` (${percent(min)} to ${percent(max)})`}
      {others.map(({ comparison, columns: earlier }) => (
        <span key={comparison.value} style={{ color: `var(--${OTHER_COLOURS[comparison.value]})` }}>
          {' '}
          {percent(earlier.rows[index]?.[metric].avg)}
        </span>
      ))}
    </span>
  );
}
