import { describe, expect, test } from 'vitest';
import {
  goesOn,
  instant,
  iso,
  isUnreadable,
  length,
  parametersOf,
  rangeName,
  rangeOf,
  resolve,
  shifted,
  whole,
  wider,
} from './range';

const at = (text: string) => Date.parse(text);
const now = at('2026-11-21T12:56:07.5Z');

describe('a range in the address', () => {
  test.each([
    ['last=6h', { last: '6h' }],
    ['', { last: '1h' }],
    ['last=6', { last: '1h' }],
    ['last=0h', { last: '1h' }],
    ['from=2026-11-20&to=2026-11-21', { from: at('2026-11-20T00:00Z'), to: at('2026-11-21T00:00Z') }],
    ['from=2026-11-20T10:00&to=2026-11-20T10:30:15', { from: at('2026-11-20T10:00Z'), to: at('2026-11-20T10:30:15Z') }],
    ['from=2026-11-20T12:00:00%2B02:00&to=2026-11-21', { from: at('2026-11-20T10:00Z'), to: at('2026-11-21T00:00Z') }],
    ['from=2026-11-20', { from: at('2026-11-20T00:00Z') }],
    // the calendar has an end
    ['from=0001-01-01&to=9999-12-31', { from: at('1970-01-02T00:00Z'), to: at('2100-01-01T00:00Z') }],
    // from after to, and times that are none: the usual range
    ['from=2026-11-21&to=2026-11-20', { last: '1h' }],
    ['from=yesterday&to=2026-11-20', { last: '1h' }],
  ])('%s', (address, range) => expect(rangeOf(new URLSearchParams(address))).toEqual(range));

  test.each(['from=banana&to=2026-11-20', 'from=2026-11-21&to=2026-11-20', 'to=2026-11-20', 'last=999999d', 'from=1'])(
    '%s is none, which is said',
    (address) => expect(isUnreadable(new URLSearchParams(address))).toBe(true),
  );

  test.each(['', 'name=cart', 'last=6h', 'from=2026-11-20', 'from=2026-11-20&to=2026-11-21'])(
    'of %s there is nothing to say',
    (address) => expect(isUnreadable(new URLSearchParams(address))).toBe(false),
  );

  test('comes back as it was', () => {
    const range = { from: at('2026-11-20T10:00Z'), to: at('2026-11-20T10:30:15.250Z') };
    const parameters = Object.entries(parametersOf(range)).flatMap(([name, value]) => (value ? [[name, value]] : []));
    expect(rangeOf(new URLSearchParams(parameters))).toEqual(range);
    expect(parametersOf({ last: '7d' })).toEqual({ last: '7d', from: null, to: null });
    expect(parametersOf({ from: at('2026-11-20T10:00Z') })).toEqual({ last: null, from: '2026-11-20T10:00', to: null });
  });
});

test('the last so long is whole minutes, the one that goes on included', () => {
  expect(resolve({ last: '15m' }, now)).toEqual({ from: at('2026-11-21T12:41Z'), to: at('2026-11-21T12:57Z') });
  // longer than the calendar
  expect(resolve({ last: '99999w' }, now)).toEqual({ from: at('1970-01-02T00:00Z'), to: at('2026-11-21T12:57Z') });
});

test('without an end it goes on to that of the current minute', () => {
  const from = at('2026-11-20T10:00:30Z');
  expect(resolve({ from }, now)).toEqual({ from, to: at('2026-11-21T12:57Z') });
  expect([goesOn({ from }), goesOn({ last: '1h' }), goesOn({ from, to: now })]).toEqual([true, true, false]);
});

test('lengths', () => {
  expect([length('90s'), length('1w'), length('1.5h'), length('h')]).toEqual([
    90_000,
    604_800_000,
    undefined,
    undefined,
  ]);
});

test('instants are in UTC unless they say otherwise', () => {
  expect(instant('2026-11-21 13:00'.replace(' ', 'T'))).toBe(at('2026-11-21T13:00Z'));
  expect([instant(null), instant(''), instant('13:00')]).toEqual([undefined, undefined, undefined]);
  expect(iso(at('2026-11-21T13:00:00.5Z'))).toBe('2026-11-21T13:00:00.500');
});

test('moving and widening stay on whole minutes and on the calendar', () => {
  const span = { from: at('2026-11-21T10:00Z'), to: at('2026-11-21T10:05Z') };
  expect(shifted(span, -1)).toEqual({ from: at('2026-11-21T09:57Z'), to: at('2026-11-21T10:03Z') });
  expect(wider(span)).toEqual({ from: at('2026-11-21T09:55Z'), to: at('2026-11-21T10:10Z') });
  expect(whole({ from: 61_000 * 2000, to: 61_000 * 2000 + 1 }).to % 60_000).toBe(0);
  const widest = Array.from({ length: 40 }).reduce<typeof span>((of) => wider(of), span);
  expect(widest).toEqual({ from: at('1970-01-02T00:00Z'), to: at('2100-01-01T00:00Z') });
});

test('names', () => {
  expect(rangeName({ last: '24h' }, String)).toBe('the last 24 hours');
  expect(rangeName({ last: '3d' }, String)).toBe('the last 3 d');
  expect(rangeName({ from: 1 }, String)).toBe('the time since 1');
  expect(rangeName({ from: 1, to: 2 }, String)).toBe('1 to 2');
});
