/** How the range is shown: buckets, comparisons, scale, table. All of it is in the address. */

import type { Granularity } from '../core/bucket';
import { bucketFor, choices } from '../core/bucket';
import { change, parameter } from '../core/place';
import type { Span } from '../core/range';
import { COMPARISONS, comparable, comparisons } from './series';

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
      <label class="label">
        Buckets
        <select
          class="field"
          value={every}
          onChange={(event) => {
            const chosen = event.currentTarget.value;
            change({ every: chosen === bucketFor(span) ? null : chosen });
          }}
        >
          {choices(span).map((of) => (
            <option key={of}>{of}</option>
          ))}
        </select>
      </label>
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
        label="Scale to 100 %"
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

interface CheckProps {
  label: string;
  checked: boolean;
  disabled?: boolean;
  onChange: (on: boolean) => void;
}

function Check({ label, checked, disabled, onChange }: CheckProps) {
  return (
    <label class="label">
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled ?? false}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      {label}
    </label>
  );
}
