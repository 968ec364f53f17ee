import { expect, test } from 'vitest';
import { MINUTE } from '../core/range';
import { floorIn } from './ask';
import { judge, shareHeard, slots, usualDistance, without } from './judge';

const start = Date.parse('2026-11-21T10:00:00Z');
const at = (minute: number) => start + minute * MINUTE;
const stretch = (from: number, to: number) => ({ from: at(from), to: at(to) });
const hour = stretch(0, 60);

/** Minutes since 10:00; the service was heard first at 9:00 unless told otherwise. */
function judged(heard: [number, number][], listened: [number, number][], more: { late?: number; since?: number } = {}) {
  const given = {
    heard: heard.map(([from, to]) => stretch(from, to)),
    listened: listened.map(([from, to]) => stretch(from, to)),
    since: at(more.since ?? -60),
    late: (more.late ?? 1) * MINUTE,
    from: at(-10_000),
    until: at(60),
  };
  const of = judge(given, hour);
  const told = of.pieces.map(({ from, to, kind }) => `${kind} ${(from - start) / MINUTE}-${(to - start) / MINUTE}`);
  const sums = Object.fromEntries(Object.entries(of.sums).map(([kind, sum]) => [kind, sum / MINUTE]));
  return { of, told, sums, share: shareHeard(of) };
}

test('a service that is heard in each minute', () => {
  const { told, share, of } = judged([[-60, 60]], [[-60, 60]]);
  expect([told, share, of.silences]).toEqual([['heard 0-60'], 1, []]);
});

test('a silence is listed with its beginning and end', () => {
  const { of, told, share } = judged(
    [
      [-60, 10],
      [13, 60],
    ],
    [[-60, 60]],
  );
  expect(told).toEqual(['heard 0-10', 'silent 10-13', 'heard 13-60']);
  expect(of.silences).toEqual([
    { from: at(10), to: at(13), early: false, open: false, silent: 3 * MINUTE, unknown: 0 },
  ]);
  expect(share).toBeCloseTo(57 / 60, 12);
});

test('one that goes on is open', () => {
  const { of, told } = judged([[-60, 50]], [[-60, 60]]);
  expect([told.at(-1), of.silences[0]?.open]).toEqual(['silent 50-60', true]);
});

test('minutes before the first message are not silence', () => {
  const { told, share } = judged([[20, 60]], [[-60, 60]], { since: 20.5 });
  expect([told, share]).toEqual([['before 0-20', 'heard 20-60'], 1]);
});

test('minutes in which nobody listened are not known, and never silence', () => {
  const { told, sums, share, of } = judged(
    [
      [-60, 10],
      [30, 60],
    ],
    [
      [-60, 10],
      [30, 60],
    ],
  );
  expect([told[1], sums, share, of.silences]).toEqual([
    'unknown 10-30',
    { heard: 40, silent: 0, unknown: 20, before: 0 },
    1,
    [],
  ]);
});

test('a silence around such minutes counts without them', () => {
  const { told, of, share } = judged(
    [
      [-60, 10],
      [40, 60],
    ],
    [
      [-60, 20],
      [30, 60],
    ],
  );
  expect(told).toEqual(['heard 0-10', 'silent 10-20', 'unknown 20-30', 'silent 30-40', 'heard 40-60']);
  expect(of.silences).toEqual([
    { from: at(10), to: at(40), early: false, open: false, silent: 20 * MINUTE, unknown: 10 * MINUTE },
  ]);
  expect(share).toBeCloseTo(30 / 50, 12);
});

test('messages that were heard all the same count, whoever listened', () => {
  expect(judged([[0, 60]], [], { since: 0 }).sums).toEqual({ heard: 60, silent: 0, unknown: 0, before: 0 });
});

test('a service that sends rarely is not silent between its messages', () => {
  const everyTen = [-10, 0, 10, 20, 50].map((minute): [number, number] => [minute, minute + 1]);
  const strict = judged(everyTen, [[-60, 60]]);
  const patient = judged(everyTen, [[-60, 60]], { late: 15 });
  expect([strict.of.silences.length, strict.sums['silent']]).toEqual([4, 56]);
  expect(patient.told).toEqual(['heard 0-21', 'silent 21-50', 'heard 50-60']);
});

test('a silence that began before the range counts by its part of it', () => {
  const { told, of } = judged(
    [
      [-60, -30],
      [5, 60],
    ],
    [[-60, 60]],
  );
  expect([told[0], of.silences[0]?.from, of.sums.silent]).toEqual(['silent 0-5', at(-30), 5 * MINUTE]);
});

test('nothing known has no share', () => {
  expect(judged([[-60, -50]], []).share).toBeNull();
});

test('a minute of an hour ago says nothing of the hour', () => {
  const day = { from: at(-1380), to: at(60) };
  const given = {
    heard: [stretch(-2000, -1900)],
    listened: [stretch(50, 60)],
    since: at(-2000),
    late: MINUTE,
    from: at(-10_000),
    until: at(60),
  };
  expect(shareHeard(judge(given, day))).toBeNull();
  expect(shareHeard(judge(given, hour))).toBe(0);
});

test('a silence that lies wholly outside is not listed', () => {
  const { of } = judged(
    [[-60, 10]],
    [
      [-60, -20],
      [-10, 10],
      [55, 60],
    ],
  );
  expect(of.silences.map((silence) => silence.silent)).toEqual([5 * MINUTE]);
  const early = judge(
    {
      heard: [stretch(-60, 10)],
      listened: [stretch(-60, 10), stretch(55, 60)],
      since: at(-60),
      late: MINUTE,
      from: at(-10_000),
      until: at(60),
    },
    stretch(0, 30),
  );
  expect([early.silences, early.sums.unknown]).toEqual([[], 20 * MINUTE]);
});

test('what was before anything was asked for is not known', () => {
  const given = {
    heard: [stretch(40, 60)],
    listened: [stretch(-60, 60)],
    since: at(-60),
    late: MINUTE,
    from: at(20),
    until: at(60),
  };
  const { sums, silences } = judge(given, hour);
  expect([sums.unknown, sums.silent, sums.before].map((of) => of / MINUTE)).toEqual([20, 20, 0]);
  expect(silences).toMatchObject([{ from: at(20), early: true, open: false }]);
});

test('slots say how much of each is what', () => {
  const { of } = judged(
    [
      [-60, 10],
      [25, 60],
    ],
    [[-60, 60]],
  );
  const found = slots(of, hour, 6);
  expect(found.map((slot) => slot.silent)).toEqual([0, 1, 0.5, 0, 0, 0]);
  expect(found[2]?.heard).toBeCloseTo(0.5, 12);
});

test('what was lost here takes whole minutes out of those that are known', () => {
  const lost = [{ from: at(10) + 30_000, to: at(11) + 1 }, stretch(58, 70)];
  expect(without([hour], lost)).toEqual([stretch(0, 10), stretch(12, 58)]);
});

test('how far messages are apart as a rule', () => {
  const heard = [0, 10, 20, 30, 55, 65, 75].map((minute) => stretch(minute, minute + 1));
  expect(usualDistance(heard)).toBe(10 * MINUTE);
  expect(usualDistance(heard.slice(0, 3))).toBeNull();
});

test('minutes that are not kept any more begin where the plan says', () => {
  const plan = 'RollupScan: table=minute, services=all, time=all, reads=minute views and realtime minutes';
  expect(floorIn(plan)).toBe(-Infinity);
  expect(floorIn(`${plan}, kept from 2026-11-19T00:00:00Z\n`)).toBe(Date.parse('2026-11-19T00:00:00Z'));
});
