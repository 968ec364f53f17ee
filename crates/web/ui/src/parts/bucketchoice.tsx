/** Which buckets: those that fit the chart, unless the reader chooses others. */

import { type Finest, type Granularity, bucketFor, bucketWords, choices } from '../core/bucket';
import { change } from '../core/place';
import type { Span } from '../core/range';

interface Props {
  span: Span;
  every: Granularity;
  /** How wide the chart is. */
  pixels: number;
  finest?: Finest;
}

export function BucketChoice({ span, every, pixels, finest = 'message' }: Props) {
  const fitting = bucketFor(span, pixels, finest);
  return (
    <label class="label">
      Buckets
      <select
        class="field"
        value={every}
        data-buckets
        onChange={(event) => {
          const chosen = event.currentTarget.value;
          change({ every: chosen === fitting ? null : chosen });
        }}
      >
        {choices(span, finest).map((of) => (
          <option key={of} value={of}>
            {bucketWords(of)}
            {of === fitting && ' (fits)'}
          </option>
        ))}
      </select>
    </label>
  );
}
