import { expect, test } from 'vitest';
import { pauses } from './pauses';

test('messages are not joined over a pause', () => {
  const times = [0, 2, 4, 6, 60, 62, 64];
  expect(pauses(times, 0, 6)).toEqual([4]);
  expect(pauses([0, 10, 20, 30], 0, 3)).toEqual([]);
  expect(pauses([5], 0, 0)).toEqual([]);
});
