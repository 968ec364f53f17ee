/** One bar for each part of a time: how much of it the service was heard, silent, or nobody knows. */

import { useMemo } from 'preact/hooks';
import type { Span } from '../core/range';
import { type Judgement, type Kind, slots } from './judge';

const HEIGHT = 20;
/** What is grave is seen, however short it was. */
const SEEN_MIN = 6;
/** Of a bar's width; of few and wide ones less. */
const BETWEEN = 0.18;
const BETWEEN_EACH = 1 / 600;

/** Of each kind, the rectangles of all slots as one path, a unit wide each. */
export function pathsOf(found: Record<Kind, number>[]): Record<Kind, string> {
  const paths: Record<Kind, string> = { heard: '', silent: '', unknown: '', before: '' };
  const width = round(1 - Math.min(BETWEEN, found.length * BETWEEN_EACH), 100);
  found.forEach((slot, at) => {
    const rect = (kind: Kind, top: number, high: number) => {
      if (high > 0) paths[kind] += `M${at} ${round(top)}h${width}v${round(high)}h-${width}z`;
    };
    const empty = 1 - slot.heard - slot.silent - slot.unknown;
    if (empty > 0.999) return rect('before', HEIGHT - 3, 3);
    const whole = 1 - empty;
    const silent = slot.silent > 0 ? Math.max(SEEN_MIN, (HEIGHT * slot.silent) / whole) : 0;
    const left = HEIGHT - silent;
    const calm = slot.heard + slot.unknown;
    const heard = calm > 0 ? (left * slot.heard) / calm : 0;
    rect('heard', 0, heard);
    rect('unknown', heard, left - heard);
    rect('silent', left, silent);
  });
  return paths;
}

function round(of: number, parts = 10): number {
  return Math.round(of * parts) / parts;
}

interface Props {
  of: Judgement;
  span: Span;
  many: number;
  /** Empty where the words stand beside it. */
  spoken: string;
}

export function HeardBar({ of, span, many, spoken }: Props) {
  const paths = useMemo(() => pathsOf(slots(of, span, many)), [of, span.from, span.to, many]);
  return (
    <svg
      class="heardbar"
      viewBox={`0 0 ${many} ${HEIGHT}`}
      preserveAspectRatio="none"
      {...(spoken ? { role: 'img', 'aria-label': spoken } : { 'aria-hidden': true })}
    >
      {(Object.keys(paths) as Kind[]).map((kind) => (
        <path key={kind} data-kind={kind} d={paths[kind]} />
      ))}
    </svg>
  );
}
