/** Choosing tiles to be compared: what is chosen is in the address, so that going there and back keeps it. */

import { computed } from '@preact/signals';
import { DRAWN_MAX, choose, chosenIn, toggled } from '../compare/choice';
import { change, link, parameter, parameters } from '../core/place';
import { count, visible } from '../core/text';
import { Icon } from '../parts/icons';

const names = computed(() => chosenIn(parameters.value));
const picked = computed(() => new Set(names.value));

export function isPicking(): boolean {
  return parameter('pick') !== null;
}

/** Takes a service in or out; the key does it without the mode, which then begins. */
export function pick(name: string): void {
  const next = toggled(names.peek(), name);
  if (next.length > DRAWN_MAX && next.length > names.peek().length) return;
  change({ service: next, pick: '1' });
}

/** A press on a tile chooses it, as long as tiles are chosen. */
export function pressed(event: MouseEvent): void {
  const tile = (event.target as Element).closest<HTMLElement>('.tile');
  if (!isPicking() || !tile?.dataset['service'] || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  pick(tile.dataset['service']);
}

export function PickingButton() {
  const on = isPicking();
  return (
    <button
      type="button"
      class="button chip"
      aria-pressed={on}
      onClick={() => change(on ? { pick: null, service: [] } : { pick: '1' })}
    >
      <Icon name="compare" />
      Compare…
    </button>
  );
}

export function Pick({ name }: { name: string }) {
  const on = picked.value.has(name);
  return (
    <input
      type="checkbox"
      class="pick"
      checked={on}
      disabled={!on && picked.value.size >= DRAWN_MAX}
      aria-label={`Compare ${visible(name)}`}
      onChange={() => pick(name)}
    />
  );
}

/** What is chosen so far, at the foot of the window. */
export function Picked() {
  if (!isPicking()) return null;
  const { value } = names;
  const full = value.length >= DRAWN_MAX;
  return (
    <section class="picked" aria-label="Chosen for comparison">
      <p role="status">
        {value.length === 0
          ? 'Choose tiles by a click, or with C where the focus is.'
          : `${count(value.length)} chosen${full ? `, which is as many as one chart can tell apart` : ''}`}
        {value.length > 0 && <span class="quiet">{value.map(visible).join(', ')}</span>}
      </p>
      <div class="row">
        {value.length > 0 && (
          <a class="button main" href={link('/compare', { service: value })}>
            Compare {count(value.length)}
          </a>
        )}
        {value.length > 0 && (
          <button type="button" class="button" onClick={() => choose([])}>
            None
          </button>
        )}
        <button type="button" class="button" onClick={() => change({ pick: null, service: [] })}>
          Done
        </button>
      </div>
    </section>
  );
}
