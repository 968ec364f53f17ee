import { afterEach, expect, test } from 'vitest';
import {
  ago,
  bucketName,
  count,
  counted,
  dateMinute,
  dateTime,
  duration,
  length,
  percent,
  roughly,
  shareHeardText,
  short,
  took,
  visible,
  zone,
} from './text';

afterEach(() => void (zone.value = 'utc'));

test('one has no plural', () => {
  expect([0, 1, 2000].map((of) => counted(of, 'message'))).toEqual(['0 messages', '1 message', '2,000 messages']);
});

test('a name that cannot be seen is written out', () => {
  expect(['\u200b', '\u00a0', '\u2028 ', '\u3164'].map(visible)).toEqual([
    'U+200B',
    'U+00A0',
    'U+2028 U+0020',
    'U+3164',
  ]);
  expect(['a\u200bb', ' x ', 'Größe'].map(visible)).toEqual(['a\u200bb', ' x ', 'Größe']);
});

test('numbers', () => {
  expect([percent(0.52851), percent(0), percent(1), percent(null)]).toEqual(['52.9 %', '0.0 %', '100.0 %', '–']);
  expect([roughly(0.005), roughly(0.9949), count(1234567), count(undefined)]).toEqual([
    '1 %',
    '99 %',
    '1,234,567',
    '–',
  ]);
  expect([short(999), short(9999), short(12_345), short(1_200_000), short(2.5)]).toEqual([
    '999',
    '9999',
    '12.3 k',
    '1.2 M',
    '2.5',
  ]);
});

test('only what is all is 100 %', () =>
  expect([1, 0.999999, 0.9, 0, null].map(shareHeardText)).toEqual(['100 %', '99.99 %', '90.00 %', '0.00 %', '–']));

test('lengths of time', () => {
  expect([length(125 * 60_000), length(3 * 86_400_000), length(90_000), length(0)]).toEqual([
    '2 h 5 min',
    '3 d',
    '1 min 30 s',
    '0 s',
  ]);
  expect([duration(0), duration(59_999), duration(60_000), duration(90_000_000)]).toEqual([
    '0 s',
    '59 s',
    '1 min',
    '1 d',
  ]);
  expect([took(12.4), took(1500), took(120_000)]).toEqual(['12 ms', '1.5 s', '2 min']);
  expect([ago(1000, 1500), ago(1000, 4000)]).toEqual(['now', '3 s ago']);
});

test('times in UTC', () => {
  const at = Date.parse('2026-11-21T12:56:07.999999Z');
  expect([dateTime(at), dateMinute(at)]).toEqual(['2026-11-21 12:56:07', '2026-11-21 12:56']);
});

test('times of the machine, while days stay those of UTC', () => {
  zone.value = 'local';
  const at = Date.UTC(2026, 10, 21, 12, 56, 7);
  const local = new Date(at);
  expect(Number(dateTime(at).slice(11, 13))).toBe(local.getHours());
  expect(bucketName('day', Date.UTC(2026, 10, 21))).toBe('2026-11-21');
});

test('a bucket has as many digits as it is wide', () => {
  const at = Date.UTC(2026, 0, 1);
  expect((['year', 'month', 'day', 'minute'] as const).map((of) => bucketName(of, at))).toEqual([
    '2026',
    '2026-01',
    '2026-01-01',
    '2026-01-01 00:00',
  ]);
});
