import { expect, test } from 'vitest';
import type { Series } from '../api/shapes';
import { addressOf, placeOf } from '../core/place';
import { HOUR } from '../core/range';
import { placed, statement } from './ask';
import { alike, beginnings, chosenIn, toggled } from './choice';
import { colourAt, isDashed } from './palette';
import { type Ranked, pressed, ranked, rankingNamed } from './ranking';

const at = (minute: number) => `2026-11-21T10:${String(minute).padStart(2, '0')}:00Z`;
const of = (avg: number, min: number, max: number, minute: number): Series => ({ avg, min, max, max_at: at(minute) });

test('names of services come back from the address as they are, each once', () => {
  const names = ['a&b', 'ü, c', 'a&b', 'x=y'];
  const [path, search] = addressOf('/compare', { service: names, last: '6h' }).split('?');
  const place = placeOf(path!, search!);
  expect([place.view, chosenIn(place.parameters), place.parameters.get('last')]).toEqual([
    '/compare',
    ['a&b', 'ü, c', 'x=y'],
    '6h',
  ]);
});

test('choosing again takes away, and the order stays', () => {
  expect(toggled(['b', 'a'], 'c')).toEqual(['b', 'a', 'c']);
  expect(toggled(['b', 'a', 'c'], 'a')).toEqual(['b', 'c']);
});

test('services that begin alike are offered, without those that are there', () =>
  expect(alike(['pay-1', 'cart'], ['cart', 'pay-1', 'pay-2', 'pay-3', 'web-1'], 1)).toEqual(['pay-2']));

test('groups are names that begin alike, the largest first', () =>
  expect(beginnings(['pay-2', 'cart', 'web-1', 'pay-10', 'web-2', 'pay-1'])).toEqual([
    { name: 'pay', services: ['pay-1', 'pay-2', 'pay-10'] },
    { name: 'web', services: ['web-1', 'web-2'] },
  ]));

const rows: Ranked[] = [
  { name: 'b-10', place: 0, of: of(0.5, 0.1, 0.9, 5) },
  { name: 'silent', place: 1, of: null },
  { name: 'b-2', place: 2, of: of(0.7, 0.2, 0.8, 50) },
  { name: 'a', place: 3, of: of(0.5, 0.3, 0.85, 20) },
];

test.each([
  [null, ['b-10', 'silent', 'b-2', 'a']],
  ['mean', ['b-2', 'b-10', 'a', 'silent']],
  ['-mean', ['b-10', 'a', 'b-2', 'silent']],
  ['-lowest', ['b-10', 'b-2', 'a', 'silent']],
  ['peak', ['b-10', 'a', 'b-2', 'silent']],
  ['at', ['b-2', 'a', 'b-10', 'silent']],
  ['service', ['a', 'b-2', 'b-10', 'silent']],
  ['nonsense', ['b-10', 'silent', 'b-2', 'a']],
])('sorted by %s', (sort, names) => expect(ranked(rows, rankingNamed(sort)).map((row) => row.name)).toEqual(names));

test('a heading goes from the highest to the lowest to the order of choosing', () => {
  expect(pressed(null, 'peak')).toBe('peak');
  expect(pressed(rankingNamed('peak'), 'peak')).toBe('-peak');
  expect(pressed(rankingNamed('-peak'), 'peak')).toBeNull();
  expect(pressed(rankingNamed('-peak'), 'mean')).toBe('mean');
});

test('a dozen lines look different from each other', () => {
  const looks = Array.from({ length: 12 }, (_, place) => `${colourAt(place)} ${isDashed(place)}`);
  expect(new Set(looks).size).toBe(12);
});

test('rows of a statement stand in their buckets, by name', () => {
  const from = Date.parse('2026-11-21T10:00:00Z');
  const span = { from, to: from + HOUR };
  const second = from / 1000;
  const rows = [
    ['a', second + 600, 3, 0.5, 0.1, 0.9, 0.2, 0.2, 0.2, 0.3, 0.3, 0.3],
    ['unasked', second, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
  ];
  const found = placed(rows, ['a', 'b'], span, '10m');
  expect(found.get('a')!.rows.map((row) => row?.cpu.max ?? null)).toEqual([null, 0.9, null, null, null, null]);
  expect(found.get('a')!.rows[1]).toMatchObject({ count: 3, ram: { avg: 0.2 }, disk: { min: 0.3 } });
  expect(found.get('b')!.rows.every((row) => row === null)).toBe(true);
});

test('buckets between those of the tables are put together by the daemon, weeks from Mondays on', () => {
  const span = { from: 0, to: HOUR };
  expect(statement(["o'x"], span, 'hour')).toContain('extract(epoch FROM time) AS BIGINT)');
  expect(statement(["o'x"], span, '3h')).toContain("date_bin(INTERVAL '180 minutes', time, TIMESTAMP '1970-01-01");
  expect(statement(["o'x"], span, 'week')).toContain("TIMESTAMP '1969-12-29");
  expect(statement(["o'x"], span, 'week')).toMatch(/FROM day WHERE service IN \('o''x'\)/);
});
