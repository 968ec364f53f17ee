/** Which line is which, and its numbers over the whole range, in the order that the reader wants. */

import type { Signal } from '@preact/signals';
import { METRIC_NAMES, type Metric, type Row } from '../api/shapes';
import { change, link, parameter, parameters } from '../core/place';
import { DAY, MINUTE } from '../core/range';
import { clock, dateTime, dayTime, percent, visible } from '../core/text';
import { colourAt, isDashed } from './palette';
import { FIELDS, type Field, type Ranked, pressed, ranked, rankingNamed } from './ranking';

interface Props {
  metric: Metric;
  names: string[];
  summaries: Map<string, Row>;
  /** The range, in milliseconds. */
  long: number;
  focus: Signal<number | null>;
  /** What a line says where the cursor is; null without one. */
  here: (place: number) => string | null;
}

export function Legend({ metric, names, summaries, long, focus, here }: Props) {
  const ranking = rankingNamed(parameter('sort'));
  const rows = names.map((name, place): Ranked => ({ name, place, of: summaries.get(name)?.[metric] ?? null }));
  return (
    <div class="table" tabIndex={0} role="region" aria-label={`${METRIC_NAMES[metric]} in numbers`}>
      <table data-legend={metric}>
        <caption>{METRIC_NAMES[metric]} of each service over the whole range</caption>
        <thead>
          <tr>
            {FIELDS.map((field) => (
              <Heading
                key={field}
                field={field}
                sort={ranking?.field === field ? (ranking.down ? 'down' : 'up') : null}
              />
            ))}
            <th scope="col" class="number">
              at cursor
            </th>
          </tr>
        </thead>
        <tbody onPointerLeave={() => (focus.value = null)} onFocusOut={() => (focus.value = null)}>
          {ranked(rows, ranking).map((row) => (
            <Line key={row.name} row={row} long={long} focus={focus} here={here} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Heading({ field, sort }: { field: Field; sort: 'down' | 'up' | null }) {
  const now = rankingNamed(parameter('sort'));
  // names are read from the first letter on, numbers from the highest
  const rising = field === 'service' ? sort === 'down' : sort === 'up';
  return (
    <th
      scope="col"
      class={field === 'service' || field === 'at' ? '' : 'number'}
      aria-sort={sort === null ? 'none' : rising ? 'ascending' : 'descending'}
    >
      <button type="button" class="sorting" onClick={() => change({ sort: pressed(now, field) })}>
        {field === 'at' ? 'peak at' : field}
        <span aria-hidden="true">{sort === null ? '' : rising ? ' ↑' : ' ↓'}</span>
      </button>
    </th>
  );
}

function Line({
  row: { name, place, of },
  long,
  focus,
  here,
}: { row: Ranked } & Pick<Props, 'long' | 'focus' | 'here'>) {
  const { value } = parameters;
  const range = { last: value.get('last'), from: value.get('from'), to: value.get('to') };
  const on = () => (focus.value = place);
  return (
    <tr onPointerEnter={on} onFocusIn={on} data-focused={focus.value === place ? '' : undefined}>
      <th scope="row">
        <span class="named">
          <Swatch place={place} />
          <a href={link('/service', { name, ...range })} title={name}>
            {visible(name)}
          </a>
        </span>
      </th>
      {of ? (
        <>
          <td class="number">{percent(of.avg)}</td>
          <td class="number">{percent(of.min)}</td>
          <td class="number">{percent(of.max)}</td>
          <td title={dateTime(Date.parse(of.max_at))}>
            {(long > DAY + MINUTE ? dayTime : clock)(Date.parse(of.max_at))}
          </td>
        </>
      ) : (
        <td colSpan={4} class="quiet">
          no messages in this range
        </td>
      )}
      <td class="number">
        <b>{here(place) ?? ''}</b>
      </td>
    </tr>
  );
}

export function Swatch({ place }: { place: number }) {
  return (
    <span
      class={`swatch line ${isDashed(place) ? 'dashed' : ''}`}
      style={{ color: `var(--${colourAt(place)})` }}
      aria-hidden="true"
    />
  );
}
