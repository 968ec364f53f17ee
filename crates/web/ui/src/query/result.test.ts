import { expect, test } from 'vitest';
import { parse } from '../api/exact';
import type { Rows, Value } from '../api/sql';
import { chartable, shellQuoted, csv, json, kindOf, textOf } from './result';

function rows(columns: [string, string][], values: Value[][]): Rows {
  return { columns: columns.map(([name, type]) => ({ name, type })), rows: values, cut: false, took: 1 };
}

const SERIES = rows(
  [
    ['time', 'timestamp with time zone'],
    ['service', 'text'],
    ['cpu', 'double precision'],
  ],
  [
    ['2026-11-21T10:01:00Z', 'b', 0.2],
    ['2026-11-21T10:00:00Z', 'a', 0.1],
    ['2026-11-21T10:01:00Z', 'a', null],
  ],
);

test('what columns hold', () => {
  expect([0, 1, 2].map((at) => kindOf(SERIES, at))).toEqual(['time', 'text', 'number']);
  const types = ['bigint', 'smallint', 'integer', 'real', 'interval', 'boolean', 'numeric(10,2)', 'date'];
  const typed = rows(
    types.map((type) => ['x', type]),
    [],
  );
  expect(types.map((_, at) => kindOf(typed, at))).toEqual([
    ...['number', 'number', 'number', 'number', 'text', 'text', 'number', 'time'],
  ]);
  const untold = rows(
    [
      ['t', ''],
      ['n', ''],
      ['x', ''],
    ],
    [
      ['2026-11-21 10:00:00', 1, 'a'],
      [null, 2, null],
    ],
  );
  expect([0, 1, 2].map((at) => kindOf(untold, at))).toEqual(['time', 'number', 'text']);
});

test('values as text', () => {
  expect(textOf('2026-11-21T10:01:00.25', 'time')).toBe('2026-11-21 10:01:00');
  expect([textOf(0.1 + 0.2, 'number'), textOf(null, 'text'), textOf({ a: 1 }, 'text'), textOf(true, 'text')]).toEqual([
    '0.3',
    '',
    '{"a":1}',
    'true',
  ]);
});

test('a line for each text beside the time', () => {
  const drawn = chartable(SERIES)!;
  expect(drawn.at.map((at) => new Date(at).getUTCMinutes())).toEqual([0, 1]);
  expect(drawn.lines).toEqual([
    { name: 'b', values: [null, 0.2] },
    { name: 'a', values: [0.1, null] },
  ]);
  expect(chartable(rows([['n', 'Int64']], [[1], [2]]))).toBeNull();
});

test('files', () => {
  const table = rows(
    [
      ['a', 'Utf8'],
      ['b', 'Int64'],
    ],
    [
      ['x,"y"\n', 1],
      ['=1+1', null],
      ['-', -2],
    ],
  );
  expect(csv(table)).toBe(`a,b\r\n"x,""y""\n",1\r\n'=1+1,\r\n'-,-2\r\n`);
  expect(JSON.parse(json(table))).toEqual([
    { a: 'x,"y"\n', b: 1 },
    { a: '=1+1', b: null },
    { a: '-', b: -2 },
  ]);
});

test('all digits of a number, and all columns of one name', () => {
  const table = rows(
    [
      ['n', 'bigint'],
      ['n', 'bigint'],
      ['n', 'numeric'],
    ],
    [parse<Value[]>('[9007199254740993,-9223372036854775808,1.5]')],
  );
  expect(textOf(table.rows[0]![0], 'number')).toBe('9007199254740993');
  expect(csv(table)).toBe('n,n,n\r\n9007199254740993,-9223372036854775808,1.5\r\n');
  expect(json(table).replace(/\s/g, '')).toBe('[{"n":9007199254740993,"n_2":-9223372036854775808,"n_3":1.5}]');
});

test('a long number is drawn as the nearest', () => {
  const long = rows(
    [
      ['t', ''],
      ['n', ''],
    ],
    [
      ['2026-11-21T10:00:00Z', parse('9007199254740993')],
      ['2026-11-21T10:01:00Z', 1],
    ],
  );
  expect(chartable(long)?.lines[0]?.values).toEqual([2 ** 53, 1]);
});

test('a statement as one word of a shell', () =>
  expect(shellQuoted("SELECT 'it''s' AS x")).toBe(`'SELECT '\\''it'\\'''\\''s'\\'' AS x'`));
