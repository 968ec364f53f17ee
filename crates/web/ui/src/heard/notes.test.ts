import { expect, test } from 'vitest';
import { DAY, HOUR } from '../core/range';
import { notes } from './notes';

const NONE = { heard: 0, silent: 0, unknown: 0, before: 0 };

test.each([
  ['before its first message', { before: DAY }, []],
  ['all of it heard', { heard: DAY }, []],
  ['younger than the range', { heard: 23 * HOUR, before: HOUR }, ['in 23 h']],
  ['silent and not known', { heard: HOUR, silent: HOUR, unknown: HOUR }, ['unheard 1 h', '· 1 h not known']],
  ['not known alone', { heard: HOUR, unknown: HOUR }, ['1 h not known']],
])('%s', (_, sums, told) => expect(notes({ ...NONE, ...sums })).toEqual(told));
