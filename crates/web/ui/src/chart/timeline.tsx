/** Where the cursor of all charts stands, in words, and the way to move it without a mouse. */

import type { Signal } from '@preact/signals';
import { type Granularity, bucketLength, nextOf } from '../core/bucket';
import { count } from '../core/text';

interface Props {
  every: Granularity;
  /** Starts of buckets, or times of messages. */
  at: number[];
  /** What stands there. */
  spoken: (index: number) => string;
  cursor: Signal<number | null>;
  onZoom: (from: number, to: number) => void;
}

export function Timeline({ every, at, spoken, cursor, onZoom }: Props) {
  const last = Math.max(0, at.length - 1);
  const here = cursor.value === null ? null : Math.min(cursor.value, last);
  const move = (event: KeyboardEvent) => {
    const far = event.shiftKey ? 10 : 1;
    const from = here ?? last;
    const steps: Record<string, () => void> = {
      ArrowLeft: () => (cursor.value = Math.max(0, from - far)),
      ArrowRight: () => (cursor.value = Math.min(last, from + far)),
      Home: () => (cursor.value = 0),
      End: () => (cursor.value = last),
      Escape: () => (cursor.value = null),
      Enter: () => {
        const start = at[from];
        if (start !== undefined && every !== 'message') onZoom(start, nextOf(every, start));
      },
    };
    const step = steps[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    step();
  };
  return (
    <div
      class="timeline"
      role="slider"
      tabIndex={0}
      aria-label="Cursor of the charts"
      aria-valuemin={0}
      aria-valuemax={last}
      aria-valuenow={here ?? last}
      aria-valuetext={spoken(here ?? last)}
      onKeyDown={move}
    >
      <span>{here === null ? told(every, at.length) : spoken(here)}</span>
      <span class="keys">
        drag to zoom · <kbd>←</kbd> <kbd>→</kbd> move
        {every !== 'message' && (
          <>
            {' '}
            · <kbd>Enter</kbd> into the bucket
          </>
        )}
      </span>
    </div>
  );
}

function told(every: Granularity, many: number): string {
  return every === 'message' ? `${count(many)} single messages` : `${count(many)} buckets of ${bucketLength(every)}`;
}
