import { expect, test } from 'vitest';
import { baseOf, bucketFor, bucketOr, bucketsOf, choices, floorTo, nextOf } from './bucket';
import { DAY, HOUR, MINUTE } from './range';

const at = (text: string) => Date.parse(text);
const span = (length: number) => ({ from: at('2026-01-01T00:00Z'), to: at('2026-01-01T00:00Z') + length });
const LAPTOP = 520;

test.each([
  [6 * MINUTE, 'message'],
  [15 * MINUTE, 'minute'],
  [6 * HOUR, 'minute'],
  [24 * HOUR, '5m'],
  [7 * DAY, 'hour'],
  [30 * DAY, '3h'],
  [365 * DAY, 'day'],
  [10 * 365 * DAY, 'month'],
  [130 * 365 * DAY, 'year'],
])('%d ms are drawn by the %s', (length, every) => expect(bucketFor(span(length), LAPTOP)).toBe(every));

test('a narrow chart has wider buckets, a wide one finer', () => {
  expect([300, 1100, 2300].map((pixels) => bucketFor(span(DAY), pixels))).toEqual(['10m', '2m', 'minute']);
  expect([300, 1100].map((pixels) => bucketFor(span(365 * DAY), pixels))).toEqual(['week', 'day']);
});

test('a chosen bucket counts only where it fits', () => {
  expect(bucketOr('hour', span(DAY), LAPTOP)).toBe('hour');
  expect(bucketOr('minute', span(365 * DAY), LAPTOP)).toBe('day');
  expect(bucketOr('week', span(DAY), LAPTOP)).toBe('5m');
  expect(bucketOr('fortnight', span(DAY), LAPTOP)).toBe('5m');
  expect(choices(span(60 * DAY))).toEqual(['hour', '3h', '6h', '12h', 'day', 'week', 'month']);
});

test('single messages are for short ranges, and for who wants them', () => {
  expect(choices(span(20 * MINUTE))).toEqual(['message', 'minute', '2m', '5m', '10m', '15m']);
  expect(choices(span(20 * MINUTE), 'minute')).not.toContain('message');
  expect(choices(span(HOUR))).not.toContain('message');
  expect(bucketFor(span(2 * MINUTE), LAPTOP, 'minute')).toBe('minute');
});

test('buckets between those of the API are made of the next finer ones', () =>
  expect((['2m', '30m', '12h', 'week'] as const).map(baseOf)).toEqual(['minute', 'minute', 'hour', 'day']));

test('months and years have the lengths of the calendar, weeks begin on Mondays', () => {
  expect(floorTo('month', at('2024-02-29T23:59Z'))).toBe(at('2024-02-01T00:00Z'));
  expect(nextOf('month', at('2024-12-01T00:00Z'))).toBe(at('2025-01-01T00:00Z'));
  expect(nextOf('year', at('2024-01-01T00:00Z'))).toBe(at('2025-01-01T00:00Z'));
  expect(floorTo('week', at('2026-11-22T23:59Z'))).toBe(at('2026-11-16T00:00Z'));
  expect(floorTo('week', at('2026-11-23T00:00Z'))).toBe(at('2026-11-23T00:00Z'));
  const days = bucketsOf('day', { from: at('2024-02-28T12:00Z'), to: at('2024-03-01T00:00Z') });
  expect(days.map((day) => new Date(day).toISOString().slice(0, 10))).toEqual(['2024-02-28', '2024-02-29']);
});

test('before 1970 buckets begin on the calendar too', () => {
  expect(floorTo('day', -1)).toBe(-DAY);
  expect(floorTo('5m', -1)).toBe(-5 * MINUTE);
});
