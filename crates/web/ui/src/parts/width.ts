/** How much room there is. What depends on it is chosen before anything is drawn, so it is worked out from the window. */

import { computed, signal } from '@preact/signals';

const inner = signal(innerWidth);
addEventListener('resize', () => (inner.value = innerWidth));

/** Two charts stand side by side from here on; as the styles have it. */
const TWO = 1150;
const WIDEST = 2480;
const MARGINS = 40;
const AXIS = 64;

/** The pixels across which one of the charts of a service draws. */
export const chartPixels = computed(() => {
  const page = Math.min(inner.value, WIDEST) - MARGINS;
  const card = inner.value >= TWO ? (page - 20) / 2 : page;
  return card - MARGINS - AXIS;
});

/** A chart with its table beside it has more than half of the page. */
export const wholePixels = computed(() => {
  const page = Math.min(inner.value, WIDEST) - 2 * MARGINS - AXIS;
  return inner.value >= TWO ? page * 0.55 : page;
});
