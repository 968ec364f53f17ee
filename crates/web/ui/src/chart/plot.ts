/** What uPlot draws: bands, lines, marked peaks, in the page's colours. */

import uPlot from 'uplot';
import type { Granularity } from '../core/bucket';
import { clock, clockMinute, dateTime, day, percent, short, zone } from '../core/text';
import { colour, faint, mixed } from '../parts/theme';
import { pauses } from './pauses';
import { type Peak, alone } from './series';
import type { Span } from '../core/range';

export interface Line {
  name: string;
  colour: string;
  values: (number | null)[];
  dash?: number[];
  width?: number;
}

export interface Drawing {
  /** Lines of shares, single messages, or bars of counts. */
  kind: 'shares' | 'points' | 'bars';
  every: Granularity;
  span: Span;
  /** Starts of buckets. */
  at: number[];
  main: Line;
  band?: { low: (number | null)[]; high: (number | null)[] };
  others: Line[];
  peaks: Peak[];
  /** Where the scale ends, whatever the numbers are; bars that are higher are marked. */
  top: number | null;
}

/** Where a line stands among the series of the chart; the first line is the main one. */
export function seriesAt(of: Drawing, line: number): number {
  const first = of.band ? 3 : 1;
  return line === 0 ? first + of.others.length : first + line - 1;
}

const SECOND = 1000;

export function dataOf(of: Drawing): uPlot.AlignedData {
  const band = of.band ? [of.band.high, of.band.low] : [];
  return [of.at.map((at) => at / SECOND), ...band, ...of.others.map((line) => line.values), of.main.values];
}

function series(line: Line): uPlot.Series {
  return {
    label: line.name,
    stroke: line.colour,
    width: line.width ?? 1.75,
    ...(line.dash ? { dash: line.dash } : {}),
    points: { size: 4, fill: line.colour, filter: (u, index) => alone(u.data[index]!) },
  };
}

/** Each message a dot; the line between them is faint where there is one at all. */
function dots(line: Line): uPlot.Series {
  return {
    label: line.name,
    stroke: line.width === 0 ? 'transparent' : mixed(line.colour, 0.55),
    width: line.width ?? 1,
    points: { show: true, size: 5, stroke: line.colour, fill: line.colour },
    gaps: (u, _, first, last) => pauses(u.data[0], first, last).map((at) => [posOf(u, at - 1), posOf(u, at)]),
  };
}

function posOf(u: uPlot, index: number): number {
  return Math.round(u.valToPos(u.data[0][index]!, 'x', true));
}

export function optionsOf(
  of: Drawing,
  size: { width: number; height: number },
  hooks: { cursor: (index: number | null) => void; select: (from: number, to: number) => void },
): uPlot.Options {
  const hidden: uPlot.Series = { stroke: 'transparent', width: 0, points: { show: false } };
  const axis: uPlot.Axis = {
    stroke: colour('ink-3'),
    font: `12px ${colour('font')}`,
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
  };
  const bars = of.kind === 'bars';
  return {
    ...size,
    legend: { show: false },
    padding: [10, 20, 0, 0],
    tzDate: (seconds) =>
      zone.peek() === 'utc' ? uPlot.tzDate(new Date(seconds * SECOND), 'Etc/UTC') : new Date(seconds * SECOND),
    cursor: {
      sync: { key: 'service' },
      drag: { x: true, y: false, setScale: false },
      points: { size: 7, fill: of.main.colour, show: !bars },
      y: false,
      bind: { dblclick: () => null },
    },
    focus: { alpha: 0.18 },
    scales: {
      x: { time: true, ...(of.kind === 'points' ? { range: () => ends(of.span) } : {}) },
      y: { range: (_, _low, high) => [0, topOf(of, high)] },
    },
    axes: [
      { ...axis, size: 24, space: 70, values: (_, splits) => timesOf(splits.map((at) => at * SECOND)) },
      {
        ...axis,
        size: 52,
        space: 28,
        values: (_, splits) => splits.map((value) => (bars ? short(value) : `${Math.round(value * 1000) / 10} %`)),
      },
    ],
    series: [
      {},
      ...(of.band ? [hidden, hidden] : []),
      ...of.others.map(series),
      bars
        ? {
            fill: faint('accent', 0.45),
            stroke: 'transparent',
            width: 0,
            paths: uPlot.paths.bars!({ size: [0.86, 60], align: 1 }),
            points: { show: false },
          }
        : of.kind === 'points'
          ? dots(of.main)
          : series(of.main),
    ],
    bands: of.band ? [{ series: [1, 2], fill: mixed(of.main.colour, 0.17) }] : [],
    hooks: {
      setCursor: [(u) => hooks.cursor(u.cursor.idx ?? null)],
      setSelect: [
        (u) => {
          if (u.select.width < 4) return;
          const [from, to] = [u.posToVal(u.select.left, 'x'), u.posToVal(u.select.left + u.select.width, 'x')];
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          hooks.select(from * SECOND, to * SECOND);
        },
      ],
      draw: [
        (u) => of.peaks.forEach((peak, rank) => markPeak(u, peak, rank === 0, of.main.colour)),
        (u) => bars && markCut(u, of),
      ],
    },
  };
}

function ends({ from, to }: Span): [number, number] {
  return [from / SECOND, to / SECOND];
}

function topOf(of: Drawing, high: number | null): number {
  if (of.top !== null) return of.top;
  const most = Math.max(high ?? 0, ...of.peaks.map((peak) => peak.share));
  if (of.kind === 'bars') return Math.max(most * 1.1, 1);
  // room for the marks above the highest point
  const [room, highest] = of.peaks.length > 0 ? [1.22, 1.2] : [1.06, 1.02];
  return Math.min(Math.max(most * room, 0.05), highest);
}

/** Shorter names for axes: times within a day, else dates; the date where a day begins. */
export function timesOf(splits: number[]): string[] {
  const step = (splits[1] ?? 0) - (splits[0] ?? 0);
  if (step >= 28 * 86_400_000) return splits.map((at) => day(at).slice(0, 7));
  if (step >= 86_400_000) return splits.map((at) => day(at));
  return splits.map((at) => {
    const text = step < 60_000 ? clock(at) : clockMinute(at);
    return text === '00:00' ? day(at).slice(5) : text;
  });
}

/** A triangle over the peak; the highest also has its value and time, where there is room. */
function markPeak(u: uPlot, peak: Peak, highest: boolean, of: string): void {
  const draw = u.ctx;
  const sharp = devicePixelRatio || 1;
  const x = u.valToPos(u.data[0][peak.index]!, 'x', true);
  const y = u.valToPos(peak.share, 'y', true) - 3 * sharp;
  const size = 4 * sharp;
  draw.save();
  draw.fillStyle = of;
  draw.beginPath();
  draw.moveTo(x, y);
  draw.lineTo(x - size, y - size * 1.5);
  draw.lineTo(x + size, y - size * 1.5);
  draw.fill();
  if (highest) {
    draw.font = `600 ${11 * sharp}px ${colour('font')}`;
    draw.fillStyle = colour('ink');
    const text = `${percent(peak.share)} at ${dateTime(peak.at).slice(11)}`;
    const { left, width } = u.bbox;
    const half = draw.measureText(text).width / 2;
    draw.textAlign = 'center';
    const middle = Math.min(Math.max(x, left + half), left + width - half);
    draw.fillText(text, middle, y - size * 1.5 - 5 * sharp);
  }
  draw.restore();
}

/** A small arrow on each bar that is higher than the scale. */
function markCut(u: uPlot, of: Drawing): void {
  if (of.top === null) return;
  const draw = u.ctx;
  const sharp = devicePixelRatio || 1;
  const size = 4 * sharp;
  const y = u.bbox.top;
  draw.save();
  draw.fillStyle = colour('warn');
  of.main.values.forEach((value, index) => {
    if (value === null || value <= of.top!) return;
    const half = (of.at[index + 1] ?? of.at[index]!) - of.at[index]!;
    const x = u.valToPos((of.at[index]! + half / 2) / SECOND, 'x', true);
    draw.beginPath();
    draw.moveTo(x, y - size * 1.5);
    draw.lineTo(x - size, y);
    draw.lineTo(x + size, y);
    draw.fill();
  });
  draw.restore();
}
