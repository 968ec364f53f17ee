/**
 * A small chart of the last hour. As SVG: a browser makes a layer of every canvas, and a thousand layers do not scroll.
 * It is brought up to date only while it is in sight.
 */

import type { ReadonlySignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { cells, now } from '../api/live';
import type { Metric } from '../api/shapes';
import { MINUTES, pointsOf, settle, sparkOf } from './sparks';
import { type Paths, pathsOf } from './sparkpath';

interface Props {
  name: string;
  metric: Metric;
  visible: ReadonlySignal<boolean>;
}

const HEIGHT = 40;

export function Sparkline({ name, metric, visible }: Props) {
  const last = useRef<Paths>({ line: '', area: '' });
  if (visible.value) {
    settle(name);
    const cell = cells.get(name)?.value;
    last.current = pathsOf(pointsOf(sparkOf(name).value, cell, metric, now.peek()), HEIGHT);
  }
  const { line, area } = last.current;
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${MINUTES - 1} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      data-metric={metric}
    >
      <path class="area" d={area} />
      <path class="line" d={line} />
    </svg>
  );
}
