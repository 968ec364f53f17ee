import { expect, test } from 'vitest';
import { Rate } from './rate';

const at = (second: number) => new Date(Date.UTC(2026, 10, 21, 12) + second * 1000).toISOString();

test('bursts are a rate', () => {
  const rate = new Rate();
  const told = Array.from({ length: 60 }, (_, half) =>
    rate.next({ at: at(half / 2), received: Math.floor(half / 4) * 36 }),
  );
  expect(told.slice(0, 4)).toEqual([null, null, null, null]);
  expect(told.slice(24).every((of) => of !== null && of > 10 && of < 24)).toBe(true);
});

test('another process counts anew', () => {
  const rate = new Rate();
  for (let second = 0; second < 20; second++) rate.next({ at: at(second), received: second * 100 });
  expect(rate.next({ at: at(20), received: 50 })).toBeNull();
  expect(rate.next({ at: at(25), received: 100 })).toBe(10);
});
