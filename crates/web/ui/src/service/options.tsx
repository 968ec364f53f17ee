/** How the range is shown: buckets, comparisons, scale, table. All of it is in the address. */

import type { Granularity } from '../core/bucket';
import { change, parameter } from '../core/place';
import type { Span } from '../core/range';
import { COMPARISONS, comparable, comparisons } from '../chart/series';
import { BucketChoice } from '../parts/bucketchoice';
import { Check } from '../parts/check';
import { chartPixels } from '../parts/width';

export function Options({ span, every }: { span: Span; every: Granularity }) {
  const compared = comparisons(parameter('compare'), every).map((of) => of.value as string);
  const compare = (value: string, on: boolean) => {
    const next = COMPARISONS.map((of) => of.value as string).filter((of) =>
      of === value ? on : compared.includes(of),
    );
    change({ compare: next.join(',') || null });
  };
  return (
    <div class="row" role="group" aria-label="How it is shown">
      <BucketChoice span={span} every={every} pixels={chartPixels.value} />
      {COMPARISONS.map((of) => (
        <Check
          key={of.value}
          label={`Compare with ${of.label}`}
          checked={compared.includes(of.value)}
          disabled={!comparable(every, of)}
          onChange={(on) => compare(of.value, on)}
        />
      ))}
      <Check
        label="Full scale"
        checked={parameter('y') === 'full'}
        onChange={(on) => change({ y: on ? 'full' : null })}
      />
      <Check
        label="Show as table"
        checked={parameter('table') !== null}
        onChange={(on) => change({ table: on ? '1' : null })}
      />
    </div>
  );
}
