/** What became of everything that arrived in the range, as the ledger of the collector has it. */

import { useMemo } from 'preact/hooks';
import { byMinute } from '../api/ledger';
import { useAnswer } from '../api/load';
import { ask } from '../api/request';
import type { LedgerLine } from '../api/shapes';
import { DAY, type Span, askedTime } from '../core/range';
import { Marks, MarksLegend } from '../parts/marks';

/** The ledger has a line for each minute and source. */
const LEDGER_MAX = 8 * DAY;

export function Arrived({ span }: { span: Span }) {
  const small = span.to - span.from <= LEDGER_MAX;
  const load = async (signal: AbortSignal) =>
    small ? await ask<LedgerLine[]>('ledger', { from: askedTime(span.from), to: askedTime(span.to) }, signal) : [];
  const { answer } = useAnswer(`ledger|${span.from}|${span.to}`, load, null);
  const fates = useMemo(() => answer && byMinute(answer, span), [answer]);
  return (
    <section class="card editor" aria-labelledby="arrived">
      <header>
        <h2 id="arrived">What arrived from all services, and what became of it</h2>
        <span class="quiet">by time of receipt</span>
      </header>
      {small ? (
        fates ? (
          <Marks fates={fates} span={span} />
        ) : (
          <div class="bone marks" />
        )
      ) : (
        <p class="quiet">
          Up to 8 days are shown minute by minute; for longer ranges the line above the charts says it in sum.
        </p>
      )}
      {small && <MarksLegend />}
    </section>
  );
}
