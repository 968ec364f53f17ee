import { expect, test } from 'vitest';
import { bucketFor, bucketOr, bucketsOf, choices, floorTo, nextOf } from './bucket';
import { DAY, HOUR, MINUTE } from './range';

const at = (text: string) => Date.parse(text);
const span = (length: number) => ({ from: at('2026-01-01T00:00Z'), to: at('2026-01-01T00:00Z') + length });

test.each([
  [15 * MINUTE, 'minute'],
  [24 * HOUR, 'minute'],
  [7 * DAY, 'hour'],
  [60 * DAY, 'hour'],
  [365 * DAY, 'day'],
  [10 * 365 * DAY, 'month'],
  [130 * 365 * DAY, 'year'],
])('%d ms are drawn by the %s', (length, every) => expect(bucketFor(span(length))).toBe(every));

test('a chosen bucket counts only where it fits', () => {
  expect(bucketOr('hour', span(DAY))).toBe('hour');
  expect(bucketOr('minute', span(365 * DAY))).toBe('day');
  expect(bucketOr('week', span(DAY))).toBe('minute');
  expect(choices(span(7 * DAY))).toEqual(['minute', 'hour', 'day']);
});

test('months and years have the lengths of the calendar', () => {
  expect(floorTo('month', at('2024-02-29T23:59Z'))).toBe(at('2024-02-01T00:00Z'));
  expect(nextOf('month', at('2024-12-01T00:00Z'))).toBe(at('2025-01-01T00:00Z'));
  expect(nextOf('year', at('2024-01-01T00:00Z'))).toBe(at('2025-01-01T00:00Z'));
  const days = bucketsOf('day', { from: at('2024-02-28T12:00Z'), to: at('2024-03-01T00:00Z') });
  expect(days.map((day) => new Date(day).toISOString().slice(0, 10))).toEqual(['2024-02-28', '2024-02-29']);
});

test('before 1970 buckets begin on the calendar too', () => {
  expect(floorTo('day', -1)).toBe(-DAY);
});
