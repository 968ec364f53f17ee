/** Numbers over time. */

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { dateTime, short, zone } from '../core/text';
import { colour, theme } from '../parts/theme';
import { timesOf } from '../chart/plot';
import type { Chartable } from './result';

const COLOURS = ['cpu', 'ram', 'disk', 'other-1', 'other-2', 'ok', 'bad', 'ink-3'];
const HEIGHT = 320;

export function Lines({ drawn }: { drawn: Chartable }) {
  const frame = useRef<HTMLDivElement>(null);
  const cursor = useSignal<number | null>(null);
  useEffect(() => {
    const on = frame.current!;
    const axis = {
      stroke: colour('ink-3'),
      font: `12px ${colour('font')}`,
      grid: { stroke: colour('line'), width: 1 },
      ticks: { show: false },
    };
    const made = new uPlot(
      {
        width: Math.max(on.clientWidth, 120),
        height: HEIGHT,
        legend: { show: false },
        tzDate: (seconds) =>
          zone.peek() === 'utc' ? uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC') : new Date(seconds * 1000),
        cursor: { y: false, drag: { x: false, y: false } },
        axes: [
          { ...axis, size: 24, space: 70, values: (_, splits) => timesOf(splits.map((at) => at * 1000)) },
          { ...axis, size: 60, values: (_, splits) => splits.map((value) => numberName(value)) },
        ],
        series: [
          {},
          ...drawn.lines.map(({ name }, at) => ({ label: name, stroke: colour(COLOURS[at]!), width: 1.75 })),
        ],
        hooks: { setCursor: [(u) => (cursor.value = u.cursor.idx ?? null)] },
      },
      [drawn.at.map((at) => at / 1000), ...drawn.lines.map((line) => line.values)],
      on,
    );
    const watch = new ResizeObserver(
      () => on.clientWidth > 0 && made.setSize({ width: on.clientWidth, height: HEIGHT }),
    );
    watch.observe(on);
    return () => {
      watch.disconnect();
      made.destroy();
    };
  }, [drawn, theme.value, zone.value]);
  const at = cursor.value;
  return (
    <figure class="chart">
      <figcaption>
        <span>{at === null ? ' ' : dateTime(drawn.at[at]!)}</span>
        <ul class="legend">
          {drawn.lines.map((line, index) => (
            <li key={line.name}>
              <span class="swatch line" style={{ color: `var(--${COLOURS[index]})` }} />
              {line.name}
              {at !== null && <b>{line.values[at] === null ? '–' : numberName(line.values[at]!)}</b>}
            </li>
          ))}
        </ul>
        {drawn.more > 0 && <span>and {drawn.more} more, which are not drawn</span>}
      </figcaption>
      <div
        class="plot"
        role="img"
        aria-label={`Chart of ${drawn.lines.map((line) => line.name).join(', ')} over time; the table has the numbers`}
      >
        <div ref={frame} aria-hidden="true" style={{ height: `${HEIGHT}px` }} />
      </div>
    </figure>
  );
}

function numberName(value: number): string {
  return Math.abs(value) < 10 ? String(Number(value.toPrecision(3))) : short(value);
}
