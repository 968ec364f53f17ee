/** Keys among tiles: arrows go as the eye sees them, left and right to the neighbour, up and down a row; C chooses. */

import { pick } from './picking';

export function keys(event: KeyboardEvent): void {
  const tile = (event.target as Element).closest<HTMLElement>('.tile');
  if (
    event.key.toLowerCase() === 'c' &&
    tile?.dataset['service'] &&
    !event.ctrlKey &&
    !event.metaKey &&
    !event.altKey
  ) {
    event.preventDefault();
    pick(tile.dataset['service']);
  } else arrows(event);
}

function arrows(event: KeyboardEvent): void {
  const steps: Record<string, (at: number, across: number, many: number) => number> = {
    ArrowRight: (at) => at + 1,
    ArrowLeft: (at) => at - 1,
    ArrowDown: (at, across) => at + across,
    ArrowUp: (at, across) => at - across,
    Home: () => 0,
    End: (_at, _across, many) => many - 1,
  };
  const step = steps[event.key];
  const from = (event.target as Element).closest<HTMLElement>('.tile');
  if (!step || !from || event.altKey || event.ctrlKey || event.metaKey) return;
  const tiles = [...document.querySelectorAll<HTMLElement>('a.tile')];
  const to = tiles[step(tiles.indexOf(from), across(from), tiles.length)];
  if (!to) return;
  event.preventDefault();
  to.focus();
}

function across(tile: HTMLElement): number {
  const grid = tile.closest('.tiles');
  return grid ? getComputedStyle(grid).gridTemplateColumns.split(' ').length : 1;
}
