import { expect, test } from 'vitest';
import type { Row } from '../api/shapes';
import { HOUR, MINUTE } from '../core/range';
import {
  alone,
  columnsOf,
  comparisons,
  gathered,
  messagesPerMinute,
  peaks,
  usualTop,
  values,
  withLive,
  zoomed,
} from './series';

const start = Date.parse('2026-11-21T10:00:00Z');
const row = (minutes: number, max: number, count = 2): Row => {
  const series = { avg: max / 2, min: 0, max, max_at: new Date(start + minutes * MINUTE + 1500).toISOString() };
  return {
    service: 'a',
    bucket: new Date(start + minutes * MINUTE).toISOString(),
    count,
    cpu: series,
    ram: series,
    disk: series,
  };
};
const span = { from: start, to: start + 60 * MINUTE };

test('buckets without messages are holes', () => {
  const columns = columnsOf([row(1, 0.5), row(3, 0.7)], 'minute', { from: start, to: start + 4 * MINUTE });
  expect(values(columns, 'cpu', 'max')).toEqual([null, 0.5, null, 0.7]);
  expect(alone(values(columns, 'cpu', 'max'))).toEqual([1, 3]);
  expect(alone([1, 2, null, 3])).toEqual([3]);
});

test('peaks stand apart, the highest first, of equals the earliest', () => {
  const rows = [row(0, 0.4), row(10, 0.9), row(11, 0.89), row(30, 0.9), row(50, 0.6)];
  const found = peaks(columnsOf(rows, 'minute', span), 'cpu', 3);
  expect(found.map((peak) => [peak.index, peak.share])).toEqual([
    [10, 0.9],
    [30, 0.9],
    [50, 0.6],
  ]);
  expect(found[0]?.at).toBe(start + 10 * MINUTE + 1500);
});

test('what is live takes the place of what was asked for', () => {
  const columns = columnsOf([row(58, 0.5)], 'minute', span);
  const { bucket, service: _, ...measured } = row(59, 0.8);
  const live = withLive(columns, [null, { time: bucket!, ...measured }]);
  expect([live.rows[58]?.cpu.max, live.rows[59]?.cpu.max]).toEqual([0.5, 0.8]);
  const hours = columnsOf([], 'hour', span);
  expect(withLive(hours, [{ time: bucket!, ...measured }])).toBe(hours);
});

test('messages per minute of the bucket that goes on count what has passed of it', () => {
  const columns = columnsOf([{ ...row(0, 0.5, 120) }], 'hour', { from: start, to: start + HOUR });
  expect(messagesPerMinute(columns, start + 30 * MINUTE)).toEqual([4]);
  expect(messagesPerMinute(columns, start + 5 * HOUR)).toEqual([2]);
});

test('wider buckets hold all messages of the finer ones', () => {
  const minutes = columnsOf([row(0, 0.4, 1), row(3, 0.8, 3), row(4, 0.8, 1), row(7, 0.2, 5)], 'minute', span);
  const wide = gathered(minutes, '5m');
  expect(wide.at.length).toBe(12);
  expect(wide.rows[0]).toMatchObject({ count: 5, cpu: { min: 0, max: 0.8, max_at: row(3, 0.8).cpu.max_at } });
  expect(wide.rows[0]!.cpu.avg).toBeCloseTo((0.2 + 3 * 0.4 + 0.4) / 5, 12);
  expect(wide.rows[1]!.count).toBe(5);
  expect(wide.rows[2]).toBeNull();
  // coarser than asked for, as finer ones are not kept any more
  const hours = columnsOf([row(0, 0.4)], 'hour', span);
  expect(gathered(hours, '5m')).toBe(hours);
});

test('a bucket at the edge of the range counts as long as it lies in it', () => {
  const late = { from: start + 3 * MINUTE, to: start + 60 * MINUTE };
  const wide = gathered(columnsOf([row(3, 0.5, 6), row(4, 0.5, 6)], 'minute', late), '5m');
  expect(messagesPerMinute(wide, start + HOUR)[0]).toBe(6);
});

test('a few outliers do not make the scale', () => {
  const calm = Array.from({ length: 60 }, (_, at) => 30 + (at % 3));
  expect(usualTop(calm)).toBeNull();
  expect(usualTop([...calm, 900])).toBe(48);
  expect(usualTop([...calm, null, 60])).toBeNull();
  expect(usualTop([1, 500])).toBeNull();
  // half of all being high is no outlier
  expect(usualTop([...calm, ...calm.map(() => 900)])).toBeNull();
});

test('comparisons that fit the buckets', () => {
  const names = (chosen: string | null, every: 'minute' | 'day' | 'month') =>
    comparisons(chosen, every).map((of) => of.value);
  expect([
    names('day,week', 'minute'),
    names('day,week', 'day'),
    names('week', 'month'),
    names(null, 'minute'),
  ]).toEqual([['day', 'week'], ['week'], [], []]);
});

test('a zoom holds whole buckets', () => {
  expect(zoomed('hour', start + 5, start + HOUR)).toEqual({ from: start, to: start + HOUR });
  expect(zoomed('hour', start + 5, start + HOUR + 1000)).toEqual({ from: start, to: start + 2 * HOUR });
});
