import { expect, test } from 'vitest';
import { byMinute, judgeCoverage, verdict } from './ledger';
import type { Coverage, LedgerLine } from './shapes';

const at = (text: string) => Date.parse(`2026-11-21T${text}Z`);
const span = { from: at('10:00'), to: at('11:00') };
const minute = (of: string, more: Partial<Extract<LedgerLine, { minute: string }>> = {}): LedgerLine => ({
  minute: `2026-11-21T${of}:00Z`,
  source: 'collector',
  received: 10,
  accepted: 10,
  duplicate: 0,
  rejected: {},
  shed: 0,
  kernel_dropped: 0,
  ...more,
});

test('the gravest thing of a minute is its verdict', () => {
  const fates = byMinute(
    [
      minute('10:00'),
      minute('10:00', { source: 'http', accepted: 9, rejected: { too_old: 1 } }),
      minute('10:01', { kernel_dropped: null }),
      minute('10:02', { kernel_dropped: 3, rejected: { too_old: 1 } }),
      minute('10:03', { shed: 1 }),
      { kind: 'gap', source: 'collector', from: '2026-11-21T09:58:30Z', to: '2026-11-21T10:01:00Z', clean: false },
      { kind: 'gap', source: 'collector', from: '2026-11-21T10:10:01Z', to: '2026-11-21T10:13:30Z', clean: true },
      {
        kind: 'damage',
        source: 'c',
        from: '2026-11-21T10:59:30Z',
        to: '2026-11-21T11:05:00Z',
        journal: 'j',
        segment: 4,
      },
    ],
    span,
  );
  const found = [...fates].map(([start, fate]) => [(start - span.from) / 60_000, verdict(fate)]);
  expect(Object.fromEntries(found)).toEqual({
    0: 'unknown',
    1: 'unknown',
    2: 'lost',
    3: 'lost',
    11: 'stopped',
    12: 'stopped',
    59: 'lost',
  });
  expect(fates.get(span.from)).toMatchObject({ received: 20, accepted: 19, rejected: 1 });
});

const coverage: Coverage = {
  received: 10,
  accepted: 10,
  duplicate: 0,
  rejected: 0,
  shed: 0,
  kernel_dropped: 0,
  unknown_minutes: 0,
  damaged: [],
};

test.each([
  [{}, 'complete', []],
  [{ received: 0, accepted: 0 }, 'none', []],
  [{ rejected: 2 }, 'refused', ['2 rejected']],
  [{ kernel_dropped: null, unknown_minutes: 1 }, 'unknown', ['1 minute not known']],
  [{ kernel_dropped: null }, 'unknown', ['drops by the kernel not known']],
  [{ kernel_dropped: 1200, rejected: 1 }, 'lost', ['1,200 dropped by the kernel', '1 rejected']],
])('%j is %s', (differs, verdict, parts) =>
  expect(judgeCoverage({ ...coverage, ...differs })).toEqual({ verdict, parts }),
);
