/** Colours of lines: six that are told apart in both themes and by who does not see red and green, then again dashed. */

const COLOURS = 6;

export const DASH = [6, 4];

export function colourAt(place: number): string {
  return `line-${(place % COLOURS) + 1}`;
}

export function isDashed(place: number): boolean {
  return place >= COLOURS;
}
