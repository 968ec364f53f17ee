/** What stands around every answer over a range: how complete it is, what went wrong, and bones until it is there. */

import { type Answer, METRICS } from '../api/shapes';
import { Completeness } from './completeness';
import { Icon } from './icons';

export function Told({ answer, of }: { answer: Answer; of: string }) {
  const widened = answer.from !== answer.asked.from || answer.to !== answer.asked.to;
  return (
    <>
      {widened && (
        <p class="banner" role="status">
          Only whole buckets are left there, so this is {answer.from} to {answer.to}.
        </p>
      )}
      <Completeness
        coverage={answer.coverage}
        watermark={answer.watermark}
        warnings={answer.warnings}
        of={of}
        shown={answer.rows.length > 0}
      />
    </>
  );
}

export function Problem({ text }: { text: string }) {
  return (
    <p class="banner" data-tone="bad" role="alert">
      <Icon name="high" /> {text}
    </p>
  );
}

export function Bones() {
  return (
    <div class="charts" role="status" aria-label="Loading the charts">
      {METRICS.map((metric) => (
        <div key={metric} class="card">
          <div class="bone" style={{ height: '12.4rem' }} />
        </div>
      ))}
    </div>
  );
}
