/** One service. What changes with each message is subscribed to only while the tile is in sight. */

import type { ReadonlySignal } from '@preact/signals';
import { memo } from '../parts/memo';
import { cells } from '../api/live';
import { METRICS, METRIC_NAMES } from '../api/shapes';
import { shownNow } from '../api/shown';
import { link, parameter } from '../core/place';
import { ago, dateTime, roughly, visible as visibleName } from '../core/text';
import { Icon } from '../parts/icons';
import { Sparkline } from './sparkline';
import { sparkOf } from './sparks';
import { HeardDay } from './heard';
import { HIGH, STATE_WORDS, type Shown, type State, share } from './state';

interface Props {
  name: string;
  state: State;
  metric: Shown;
  /** Whether it is in sight, or nearly. */
  visible: ReadonlySignal<boolean>;
}

export const Tile = memo(function Tile({ name, state, metric, visible }: Props) {
  return (
    <a class="tile" href={link('/service', { name, late: parameter('late') })} data-state={state} data-service={name}>
      <header>
        <Icon name={state} class="state" />
        <span class="name" title={name}>
          {visibleName(name)}
        </span>
        <span class="hidden">, {STATE_WORDS[state]}, seen </span>
        <Seen name={name} visible={visible.value} />
      </header>
      {metric === 'heard' ? (
        <HeardDay name={name} visible={visible} />
      ) : (
        <Sparkline name={name} metric={metric} visible={visible} />
      )}
      <Meters name={name} visible={visible.value} />
    </a>
  );
});

interface Live {
  name: string;
  visible: boolean;
}

function cellOf({ name, visible }: Live) {
  const cell = cells.get(name);
  return visible ? cell?.value : cell?.peek();
}

function Seen(props: Live) {
  const cell = cellOf(props);
  const clock = props.visible ? shownNow.value : shownNow.peek();
  if (!cell) return null;
  const at = Date.parse(cell.seen.last_received);
  return (
    <time class="seen" dateTime={cell.seen.last_received} title={dateTime(at)}>
      {ago(at, clock)}
    </time>
  );
}

function Meters(props: Live) {
  const cell = cellOf(props);
  // of a service that has been silent since before the daemon started, the last minute that the chart has
  const earlier = cell && !cell.now.last ? [...sparkOf(props.name).value.values()].at(-1) : undefined;
  return (
    <dl class="meters">
      {METRICS.map((metric) => {
        const value = (cell && share(cell, metric)) ?? earlier?.[metric] ?? null;
        return (
          <div key={metric} class={value !== null && value >= HIGH ? 'high' : ''} data-metric={metric}>
            <dt>{METRIC_NAMES[metric]}</dt>
            <dd>{roughly(value)}</dd>
            <span class="meter" aria-hidden="true">
              <i style={{ transform: `scaleX(${value ?? 0})` }} />
            </span>
          </div>
        );
      })}
    </dl>
  );
}
