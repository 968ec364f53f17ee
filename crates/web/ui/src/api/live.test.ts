import { beforeEach, expect, test } from 'vitest';
import { begin, cells, list, names, take } from './live';
import type { Latest, Service } from './shapes';

function listed(service: string, last_seen: string, last_received = last_seen): Service {
  return { service, first_seen: last_seen, last_seen, last_received, count: 1 };
}

function latest(service: string, time: string, received: string): Latest {
  const last = { time, received, cpu: 0.5, ram: 0.5, disk: 0.5 };
  const services = { [service]: { last, minute: null, previous: null } };
  return { minute: null, complete: true, snapshot: false, services };
}

const of = (name: string) => cells.get(name)!.peek();

beforeEach(() => begin([], []));

test('a connection begins with its own services: nothing of the one before stays', () => {
  begin([listed('gone', '2026-11-21T10:00:00Z'), listed('kept', '2026-11-21T10:00:00Z')], []);
  take(latest('kept', '2026-11-21T10:05:00Z', '2026-11-21T10:05:00Z'));
  const cell = cells.get('kept');
  begin([listed('kept', '2026-11-20T10:00:00Z'), listed('new', '2026-11-21T11:00:00Z')], []);
  expect(names.peek()).toEqual(['kept', 'new']);
  expect([...cells.keys()]).toEqual(['kept', 'new']);
  expect(of('kept').seen.last_seen).toBe('2026-11-20T10:00:00Z');
  expect(of('kept').now.last).toBeNull();
  // who watches it goes on watching it
  expect(cells.get('kept')).toBe(cell);
});

test('what came before the first list is not lost', () => {
  const early = latest('a', '2026-11-21T10:05:00Z', '2026-11-21T10:05:01Z');
  begin([listed('a', '2026-11-21T10:00:00Z')], [early]);
  expect(of('a').seen.last_received).toBe('2026-11-21T10:05:01Z');
  expect(of('a').now.last?.cpu).toBe(0.5);
});

test('when it was seen and when it was received go on each by itself', () => {
  begin([listed('a', '2026-11-21T10:09:00Z', '2026-11-21T10:00:00Z')], []);
  // its clock was ahead and is right now
  take(latest('a', '2026-11-21T10:00:30Z', '2026-11-21T10:00:30.5Z'));
  const expected = { last_seen: '2026-11-21T10:09:00Z', last_received: '2026-11-21T10:00:30.5Z' };
  expect(of('a').seen).toMatchObject(expected);
  // a list that was asked for before that message came
  list([listed('a', '2026-11-21T10:09:00Z', '2026-11-21T10:00:30Z')]);
  expect(of('a').seen).toMatchObject(expected);
});
