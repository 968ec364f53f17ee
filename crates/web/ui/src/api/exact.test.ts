import { expect, test } from 'vitest';
import { numberOf, parse, written } from './exact';
import type { Value } from './sql';

test.each([
  '[9007199254740993,-9223372036854775808,9223372036854775800]',
  '[[9007199254740993],{"a":12345678901234567890.12345}]',
  '["9007199254740993","x\\"9007199254740993","{\\"exact number\\":\\"1\\"}"]',
])('%s is written as it was read', (json) => expect(written(parse(json))).toBe(json));

test('what a number of the browser holds is one', () => {
  const json =
    '[9007199254740992,0.30000000000000004,1.2345678901234568e-300,1000000000000000000000,0.1000000000000000000]';
  expect(parse(json)).toEqual([2 ** 53, 0.1 + 0.2, 1.2345678901234568e-300, 1e21, 0.1]);
});

test('as a number it is the nearest one', () => {
  const values = parse<Value[]>('[9007199254740993,1,"1",null,[1],{"a":1}]');
  expect(values.map(numberOf)).toEqual([2 ** 53, 1, null, null, null, null]);
});
