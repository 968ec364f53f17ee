/** One chart with a line for each service, and the table that tells which is which. */

import type { Signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { METRIC_NAMES, type Measured, type Metric, type Row } from '../api/shapes';
import { Chart } from '../chart/chart';
import type { Drawing, Line } from '../chart/plot';
import { type Columns, type Part as Value, values } from '../chart/series';
import { parameter } from '../core/place';
import { percent } from '../core/text';
import { colour, theme } from '../parts/theme';
import { Legend } from './legend';
import { DASH, colourAt, isDashed } from './palette';

/** What of each bucket the lines are made of. */
export const PARTS = {
  mean: { value: 'avg', words: 'mean' },
  peak: { value: 'max', words: 'peak' },
  lowest: { value: 'min', words: 'lowest' },
} as const satisfies Record<string, { value: Value; words: string }>;
export type Part = keyof typeof PARTS;

export function partNamed(text: string | null): Part {
  return text === 'peak' || text === 'lowest' ? text : 'mean';
}

export function shareAt(row: Measured | null | undefined, metric: Metric, part: Part): string {
  return percent(row?.[metric][PARTS[part].value]);
}

const LOWEST = 240;
const ROW = 30;

interface Props {
  metric: Metric;
  part: Part;
  names: string[];
  /** Of each name, in the same order. */
  columns: Columns[];
  summaries: Map<string, Row>;
  cursor: Signal<number | null>;
  focus: Signal<number | null>;
  onZoom: (from: number, to: number) => void;
}

export function Shares({ metric, part, names, columns, summaries, cursor, focus, onZoom }: Props) {
  const full = parameter('y') === 'full';
  const shade = theme.value;
  const drawing = useMemo<Drawing>(() => {
    const lines = names.map((name, place): Line => {
      const dash = isDashed(place) ? { dash: DASH } : {};
      const line = {
        name,
        colour: colour(colourAt(place)),
        values: values(columns[place]!, metric, PARTS[part].value),
      };
      return { ...line, ...dash };
    });
    const { every, span, at } = columns[0]!;
    const [main, ...others] = lines;
    return { kind: 'shares', every, span, at, main: main!, others, peaks: [], top: full ? 1 : null };
  }, [names.join('\n'), columns, metric, part, full, shade]);
  // beside its table it is as high as that
  const height = Math.max(LOWEST, names.length * ROW);
  const found = names.filter((name) => summaries.has(name)).length;
  const spoken = `${PARTS[part].words} of ${found} services over time; the table beside it has the numbers`;
  return (
    <div class="with-legend">
      <Chart
        name={METRIC_NAMES[metric]}
        spoken={spoken}
        height={height}
        drawing={drawing}
        focus={focus.value}
        onCursor={(index) => (cursor.value = index)}
        onZoom={onZoom}
      >
        <h3>{METRIC_NAMES[metric]}</h3>
        <span>{PARTS[part].words} of each bucket</span>
      </Chart>
      <Legend
        metric={metric}
        names={names}
        summaries={summaries}
        long={columns[0]!.span.to - columns[0]!.span.from}
        focus={focus}
        here={(place) => (cursor.value === null ? null : shareAt(columns[place]?.rows[cursor.value], metric, part))}
      />
    </div>
  );
}
