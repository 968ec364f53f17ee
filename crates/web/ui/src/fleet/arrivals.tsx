/** What arrived in the last hour and what became of it, for all services together. */

import { useMemo } from 'preact/hooks';
import { byMinute } from '../api/ledger';
import { now } from '../api/live';
import { useAnswer } from '../api/load';
import { ask } from '../api/request';
import type { Answer, LedgerLine } from '../api/shapes';
import { HOUR, MINUTE, type Span } from '../core/range';
import { Completeness } from '../parts/completeness';
import { Marks, MarksLegend } from '../parts/marks';

const REFRESH = 15_000;
/** The coverage of an answer is that of everything, so no rows are wanted: names have no tab. */
const NO_SERVICE = '\t';

interface Arrived {
  span: Span;
  lines: LedgerLine[];
  answer: Answer;
}

async function arrived(signal: AbortSignal): Promise<Arrived> {
  const to = Math.floor(now.peek() / MINUTE) * MINUTE + MINUTE;
  const span = { from: to - HOUR, to };
  const range = { from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() };
  const [lines, answer] = await Promise.all([
    ask<LedgerLine[]>('ledger', range, signal),
    ask<Answer>('summary', { ...range, service: NO_SERVICE }, signal),
  ]);
  return { span, lines, answer };
}

export function Arrivals() {
  const { answer: found } = useAnswer('arrivals', arrived, REFRESH);
  const fates = useMemo(() => found && byMinute(found.lines, found.span), [found]);
  if (!found || !fates) return <div class="bone" style={{ height: '3.6rem' }} />;
  const { coverage, watermark } = found.answer;
  return (
    <section aria-label="How complete the last hour is">
      <Marks fates={fates} span={found.span} />
      <Completeness coverage={coverage} watermark={watermark} warnings={[]} of="the last hour">
        <MarksLegend />
      </Completeness>
    </section>
  );
}
