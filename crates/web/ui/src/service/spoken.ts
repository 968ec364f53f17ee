/** A bucket, or a message, in words. */

import { METRICS, METRIC_NAMES } from '../api/shapes';
import type { Columns } from '../chart/series';
import { bucketName, count, percent } from '../core/text';

export function spoken(columns: Columns, at: number): string {
  const start = columns.at[at];
  if (start === undefined) return 'nothing';
  const row = columns.rows[at];
  const name = bucketName(columns.every, start);
  if (!row) return `${name}: no messages`;
  const shares = METRICS.map((metric) => `${METRIC_NAMES[metric]} ${percent(row[metric].avg)}`).join(', ');
  if (columns.every === 'message') return `${name}: ${shares}`;
  return `${name}: ${shares}, ${count(row.count)} ${row.count === 1 ? 'message' : 'messages'}`;
}
