/**
 * Whether the reader scrolls. Nobody reads numbers that rush by, and a browser that writes new ones meanwhile misses
 * frames: what is live waits until the page stands still, but for no longer than it takes to be noticed.
 */

/** So long after the last movement the page stands still. */
const SETTLED = 150;
const LONGEST = 2_000;

let moved = -Infinity;

export function watchScrolling(): void {
  addEventListener('scroll', () => (moved = performance.now()), { passive: true });
}

export function isStill(): boolean {
  return performance.now() - moved > SETTLED;
}

/** At once where nothing moves. */
export async function whenStill(): Promise<void> {
  const began = performance.now();
  while (!isStill() && performance.now() - began < LONGEST) {
    await new Promise((resolve) => setTimeout(resolve, SETTLED));
  }
}
