/** Where the cursor of all charts stands, in words, and the way to move it without a mouse. */

import type { Signal } from '@preact/signals';
import { METRICS, METRIC_NAMES } from '../api/shapes';
import { nextOf } from '../core/bucket';
import { bucketName, count, percent } from '../core/text';
import type { Columns } from './series';

interface Props {
  columns: Columns;
  cursor: Signal<number | null>;
  onZoom: (from: number, to: number) => void;
}

export function Timeline({ columns, cursor, onZoom }: Props) {
  const last = columns.at.length - 1;
  const at = cursor.value === null ? null : Math.min(cursor.value, last);
  const move = (event: KeyboardEvent) => {
    const far = event.shiftKey ? 10 : 1;
    const from = at ?? last;
    const steps: Record<string, () => void> = {
      ArrowLeft: () => (cursor.value = Math.max(0, from - far)),
      ArrowRight: () => (cursor.value = Math.min(last, from + far)),
      Home: () => (cursor.value = 0),
      End: () => (cursor.value = last),
      Escape: () => (cursor.value = null),
      Enter: () => {
        const start = columns.at[from];
        if (start !== undefined && columns.every !== 'minute') onZoom(start, nextOf(columns.every, start));
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
      aria-valuenow={at ?? last}
      aria-valuetext={spoken(columns, at ?? last)}
      onKeyDown={move}
    >
      <span>{at === null ? `${count(columns.at.length)} buckets, one a ${columns.every}` : spoken(columns, at)}</span>
      <span class="keys">
        drag to zoom · <kbd>←</kbd> <kbd>→</kbd> move · <kbd>Enter</kbd> into the bucket
      </span>
    </div>
  );
}

export function spoken(columns: Columns, at: number): string {
  const start = columns.at[at];
  if (start === undefined) return 'nothing';
  const row = columns.rows[at];
  const name = bucketName(columns.every, start);
  if (!row) return `${name}: no messages`;
  const shares = METRICS.map((metric) => `${METRIC_NAMES[metric]} ${percent(row[metric].avg)}`).join(', ');
  return `${name}: ${shares}, ${count(row.count)} ${row.count === 1 ? 'message' : 'messages'}`;
}
