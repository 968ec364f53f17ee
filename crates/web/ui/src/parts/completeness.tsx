/** How complete the numbers beside it are: one calm line, and all of it on demand. */

import type { ComponentChildren } from 'preact';
import { type Verdict, judgeCoverage } from '../api/ledger';
import type { Coverage, Watermark } from '../api/shapes';
import { count, counted } from '../core/text';
import { Icon, type IconName } from './icons';

const FACES: Record<Exclude<Verdict, 'stopped'>, { icon: IconName; tone: string; word: string }> = {
  complete: { icon: 'check', tone: 'ok', word: 'Complete' },
  none: { icon: 'gone', tone: 'none', word: 'Nothing arrived' },
  refused: { icon: 'high', tone: 'warn', word: 'Complete but for refused messages' },
  unknown: { icon: 'question', tone: 'none', word: 'Not all is known' },
  lost: { icon: 'silent', tone: 'bad', word: 'Messages are missing' },
};

/** Of an import, or of senders that tell of the past. */
const ELSEWHEN = { icon: 'late', tone: 'none', word: 'Came at another time' } as const;

interface Props {
  coverage: Coverage;
  watermark: Watermark;
  warnings: string[];
  /** Which minutes, in words. */
  of: string;
  /** Whether there are messages of that time, whenever they came. */
  shown?: boolean;
  children?: ComponentChildren;
}

export function Completeness({ coverage, watermark, warnings, of, shown, children }: Props) {
  const { verdict, parts } = judgeCoverage(coverage);
  const elsewhen = verdict === 'none' && shown;
  const face = elsewhen ? ELSEWHEN : FACES[verdict];
  const published = Object.entries(watermark ?? {});
  return (
    <details class="completeness">
      <summary>
        <span class="badge" data-tone={face.tone}>
          <Icon name={face.icon} />
          {face.word}
        </span>
        <span>
          {elsewhen
            ? `nothing arrived in ${of}; the messages that are of this time came later, and what became of all that came with them is told there`
            : `${counted(coverage.received, 'message')} arrived in ${of}, ${count(coverage.accepted)} accepted`}
          {parts.length > 0 && `; ${parts.join(', ')}`}
        </span>
      </summary>
      <dl class="figures">
        <Figure name="Received" value={coverage.received} />
        <Figure name="Accepted" value={coverage.accepted} />
        <Figure name="Duplicates" value={coverage.duplicate} />
        <Figure name="Rejected" value={coverage.rejected} />
        <Figure name="Shed (disk full)" value={coverage.shed} />
        <Figure name="Dropped by the kernel" value={coverage.kernel_dropped} unknown="not known" />
        <Figure name="Minutes not known" value={coverage.unknown_minutes} />
        <div>
          <dt>Views hold up to segment</dt>
          <dd>
            {published.length > 0
              ? published.map(([journal, segment]) => `${journal} ${segment}`).join(', ')
              : 'nothing published yet'}
          </dd>
        </div>
      </dl>
      {(warnings.length > 0 || coverage.damaged.length > 0) && (
        <ul class="warnings">
          {warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
          {coverage.damaged.map((span) => (
            <li key={`${span.journal} ${span.segment}`}>
              Segment {span.segment} of {span.journal} is damaged: messages received from {span.from} to {span.to} were
              lost.
            </li>
          ))}
        </ul>
      )}
      {children}
    </details>
  );
}

function Figure({ name, value, unknown }: { name: string; value: number | null; unknown?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value === null ? unknown : count(value)}</dd>
    </div>
  );
}
