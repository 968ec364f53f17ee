import { expect, test } from 'vitest';
import type { ServiceCell } from '../api/live';
import { DAY, MINUTE } from '../core/range';
import { byPrefix, grouped } from './groups';
import { type Order, type Standing, comparing, patience, stateOf } from './state';

const now = Date.parse('2026-11-21T12:00:00Z');

/** Of a service whose clock is so many milliseconds ahead. */
function cell(silence: number, cpu: number | null = 0.5, ahead = 0): ServiceCell {
  const last_received = new Date(now - silence).toISOString();
  const last_seen = new Date(now - silence + ahead).toISOString();
  const last = cpu === null ? null : { time: last_seen, received: last_received, cpu, ram: 0.2, disk: 0.1 };
  return {
    seen: { service: 's', first_seen: last_seen, last_seen, last_received, count: 1 },
    now: { last, minute: null, previous: null },
  };
}

test.each([
  [0, 0.5, 'up'],
  [59_000, 0.9, 'high'],
  [MINUTE + 1, 0.99, 'late'],
  [5 * MINUTE + 1, 0.5, 'silent'],
  [7 * DAY + 1, 0.5, 'gone'],
  [0, null, 'up'],
])('%d ms of silence at %d is %s', (silence, cpu, state) => {
  expect(stateOf(cell(silence, cpu), now, patience(null))).toBe(state);
});

test('no clock of a sender makes a service late or keeps it up', () => {
  expect(stateOf(cell(0, 0.5, -8 * MINUTE), now, MINUTE)).toBe('up');
  expect(stateOf(cell(80_000, 0.5, 9 * MINUTE), now, MINUTE)).toBe('late');
  const [slow, fast] = [cell(0, 0.5, -DAY), cell(MINUTE, 0.5, DAY)];
  const standings = [slow, fast].map((of): Standing => ({
    name: of === slow ? 'slow' : 'fast',
    cell: of,
    state: 'up',
  }));
  expect(standings.sort(comparing('seen')).map(({ name }) => name)).toEqual(['fast', 'slow']);
});

test('a fleet that sends every hour is not late after a minute', () => {
  expect(stateOf(cell(50 * MINUTE), now, patience('1h'))).toBe('up');
  expect(stateOf(cell(8 * DAY), now, patience('1d'))).toBe('silent');
});

function order(by: Order, of: [string, number, number | null][]): string[] {
  const all = of.map(([name, silence, cpu]): Standing => {
    const found = cell(silence, cpu);
    return { name, cell: found, state: stateOf(found, now, MINUTE) };
  });
  return all.sort(comparing(by)).map((standing) => standing.name);
}

test('the worst first, equals by name, the gone last', () => {
  const fleet: [string, number, number | null][] = [
    ['gone', 8 * DAY, 0.9],
    ['b-10', 0, 0.51],
    ['b-9', 0, 0.55],
    ['hot', 0, 0.95],
    ['late', 2 * MINUTE, 0.1],
    ['silent', DAY, null],
  ];
  expect(order('worst', fleet)).toEqual(['silent', 'late', 'hot', 'b-9', 'b-10', 'gone']);
  expect(order('cpu', fleet).slice(0, 2)).toEqual(['hot', 'gone']);
  expect(order('seen', fleet)[0]).toBe('gone');
});

test('groups stand where their first service does', () => {
  const names = ['web-1', 'db-1', 'web-2', 'db-2', 'lone'];
  const services = names.map((name): Standing => ({ name, cell: cell(0), state: 'up' }));
  const found = grouped(services, byPrefix(names)).map((group) => [group.name, group.services.map((of) => of.name)]);
  expect(found).toEqual([
    ['web', ['web-1', 'web-2']],
    ['db', ['db-1', 'db-2']],
    ['others', ['lone']],
  ]);
});
