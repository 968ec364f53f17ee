import { expect, test } from 'vitest';
import { pathsOf, runs } from './sparkpath';

test('stretches between holes', () => {
  expect(runs([null, 1, 2, null, 3])).toEqual([
    [1, 2],
    [4, 4],
  ]);
  expect(runs([])).toEqual([]);
});

test('a line, what lies under it, and a dot where a minute stands alone', () => {
  expect(pathsOf([0, 0.5, null, 0.25], 41)).toEqual({
    line: 'M0 40.0L1 3.0M3 21.5h0',
    area: 'M0 40.0L1 3.0V41H0Z',
  });
});

test('a quiet service looks quiet', () => expect(pathsOf([0.025, 0.025], 41).line).toBe('M0 36.3L1 36.3'));
