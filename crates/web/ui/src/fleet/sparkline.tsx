/** A small chart of the last hour, drawn only while it is in sight. */

import type { ReadonlySignal } from '@preact/signals';
import { useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { cells, now } from '../api/live';
import type { Metric } from '../api/shapes';
import { context2d } from '../parts/canvas';
import { colour, faint, theme } from '../parts/theme';
import { pointsOf, settle, sparkOf } from './sparks';

interface Props {
  name: string;
  metric: Metric;
  visible: ReadonlySignal<boolean>;
}

export function Sparkline({ name, metric, visible }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useSignalEffect(() => {
    if (!visible.value || !canvas.current) return;
    void theme.value;
    const cell = cells.get(name)?.value;
    settle(name);
    paint(canvas.current, pointsOf(sparkOf(name).value, cell, metric, now.peek()), metric);
  });
  return <canvas ref={canvas} aria-hidden="true" />;
}

/** The lowest top of the scale, so that a quiet service looks quiet. */
const TOP_MIN = 0.25;

function paint(canvas: HTMLCanvasElement, points: (number | null)[], metric: Metric): void {
  const space = context2d(canvas);
  if (!space) return;
  const { draw, width, height } = space;
  const top = Math.max(TOP_MIN, ...points.map((point) => point ?? 0));
  const x = (at: number) => (at / (points.length - 1)) * (width - 2) + 1;
  const y = (share: number) => height - 2 - (share / top) * (height - 5);
  draw.lineWidth = 1.5;
  draw.lineJoin = 'round';
  draw.strokeStyle = colour(metric);
  draw.fillStyle = faint(metric, 0.13);
  for (const [from, to] of runs(points)) {
    draw.beginPath();
    for (let at = from; at <= to; at++) draw.lineTo(x(at), y(points[at]!));
    draw.stroke();
    if (from === to) {
      dot(draw, Math.min(x(from), width - 2), y(points[from]!), colour(metric));
      continue;
    }
    draw.lineTo(x(to), height);
    draw.lineTo(x(from), height);
    draw.fill();
  }
  draw.fillStyle = colour('line');
  draw.fillRect(0, height - 1, width, 1);
}

/** A minute without neighbours would be a line without length. */
function dot(draw: CanvasRenderingContext2D, x: number, y: number, of: string): void {
  draw.save();
  draw.fillStyle = of;
  draw.beginPath();
  draw.arc(x, y, 1.8, 0, 7);
  draw.fill();
  draw.restore();
}

/** First and last position of each unbroken stretch. */
export function runs(points: (number | null)[]): [number, number][] {
  const found: [number, number][] = [];
  points.forEach((point, at) => {
    if (point === null) return;
    const last = found.at(-1);
    if (last && last[1] === at - 1) last[1] = at;
    else found.push([at, at]);
  });
  return found;
}
