/** Where a line through single messages ends and begins anew. */

/** So many times as far apart as they are as a rule, and messages are not joined by a line. */
const PAUSE = 4;

/** Where messages begin to come again, in positions of times. */
export function pauses(times: ArrayLike<number>, first: number, last: number): number[] {
  const distances: [number, number][] = [];
  for (let at = first + 1; at <= last; at++) distances.push([at, times[at]! - times[at - 1]!]);
  const usual = [...distances].sort(([, one], [, other]) => one - other)[distances.length >> 1]?.[1] ?? 0;
  return distances.filter(([, distance]) => distance > Math.max(PAUSE * usual, 1)).map(([at]) => at);
}
