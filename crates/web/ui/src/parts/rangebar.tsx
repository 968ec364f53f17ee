/** Which range of time: presets, any two instants, earlier, later, wider. All of it is in the address. */

import { useSignal } from '@preact/signals';
import {
  PRESETS,
  type Range,
  type Span,
  clamp,
  goesOn,
  instant,
  iso,
  isUnreadable,
  parametersOf,
  shifted,
  wider,
} from '../core/range';
import { addressOf, change, parameters, place } from '../core/place';
import { dateMinute, zone } from '../core/text';
import { Icon } from './icons';

interface Props {
  range: Range;
  span: Span;
}

export function RangeBar({ range, span }: Props) {
  const move = (next: Span) => change(parametersOf(next), 'push');
  return (
    <div class="row" role="group" aria-label="Range of time">
      <nav class="segments" aria-label="Ranges up to now">
        {PRESETS.map(({ last, label, name }) => (
          <a
            key={last}
            href={hrefOf({ last })}
            title={name}
            aria-current={'last' in range && range.last === last ? 'true' : undefined}
          >
            {label}
          </a>
        ))}
      </nav>
      <div class="segments" role="group" aria-label="Move the range">
        <button type="button" class="icon" onClick={() => move(shifted(span, -1))} aria-label="Earlier">
          <Icon name="left" />
        </button>
        <button type="button" class="icon" onClick={() => move(wider(span))} aria-label="Wider: three times as long">
          <Icon name="wider" />
        </button>
        <button
          type="button"
          class="icon"
          disabled={goesOn(range)}
          onClick={() => move(shifted(span, 1))}
          aria-label="Later"
        >
          <Icon name="right" />
        </button>
      </div>
      <Between range={range} span={span} />
      {isUnreadable(parameters.value) && (
        <span role="status">This address names no range; shown is the last hour.</span>
      )}
    </div>
  );
}

function hrefOf(range: Range): string {
  const next = new URLSearchParams(parameters.value);
  for (const [name, value] of Object.entries(parametersOf(range))) {
    if (value === null) next.delete(name);
    else next.set(name, value);
  }
  return addressOf(place.value.view, next);
}

function Between({ range, span }: Props) {
  const problem = useSignal<string | null>(null);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const [from, to] = ['from', 'to'].map((name) => instant(String(form.get(name)).trim().replace(' ', 'T')));
    if (from === undefined || to === undefined)
      problem.value = 'Write times as 2026-11-21 or 2026-11-21 13:00, in UTC.';
    else if (from >= to) problem.value = 'The first time must be before the second.';
    else {
      problem.value = null;
      (event.currentTarget as HTMLElement).closest('details')?.removeAttribute('open');
      change(parametersOf(clamp({ from, to })), 'push');
    }
  };
  const words =
    'last' in range ? 'Any range' : `${dateMinute(span.from)} – ${goesOn(range) ? 'now' : dateMinute(span.to)}`;
  return (
    <details class="menu" onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.removeAttribute('open')}>
      <summary class="button">
        {words}
        {!('last' in range) && zone.value === 'utc' && <span class="quiet">UTC</span>}
      </summary>
      <div>
        <form onSubmit={submit} key={`${span.from} ${span.to}`} class="editor">
          <label class="label">
            From
            <input class="field" name="from" defaultValue={iso(span.from).replace('T', ' ')} spellcheck={false} />
          </label>
          <label class="label">
            To
            <input class="field" name="to" defaultValue={iso(span.to).replace('T', ' ')} spellcheck={false} />
          </label>
          <p class="quiet">In UTC. The end is not part of the range.</p>
          {problem.value && (
            <p role="alert" class="warnings">
              {problem.value}
            </p>
          )}
          <button class="button main" type="submit">
            Show this range
          </button>
        </form>
      </div>
    </details>
  );
}
