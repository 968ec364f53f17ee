/** The paths of a small chart: one unit across a minute, so many units high. */

export interface Paths {
  line: string;
  area: string;
}

/** The lowest top of the scale, so that a quiet service looks quiet. */
const TOP_MIN = 0.25;
const MARGIN = 3;

export function pathsOf(points: (number | null)[], height: number): Paths {
  const top = Math.max(TOP_MIN, ...points.map((point) => point ?? 0));
  const y = (at: number) => (height - 1 - (points[at]! / top) * (height - 1 - MARGIN)).toFixed(1);
  let line = '';
  let area = '';
  for (const [from, to] of runs(points)) {
    let run = `M${from} ${y(from)}`;
    for (let at = from + 1; at <= to; at++) run += `L${at} ${y(at)}`;
    // a minute without neighbours: a line of no length, whose round ends are a dot
    line += from === to ? `${run}h0` : run;
    if (from < to) area += `${run}V${height}H${from}Z`;
  }
  return { line, area };
}

/** First and last position of each unbroken stretch. */
export function runs(points: (number | null)[]): [number, number][] {
  const found: [number, number][] = [];
  points.forEach((point, at) => {
    if (point === null) return;
    const last = found.at(-1);
    if (last && last[1] === at - 1) last[1] = at;
    else found.push([at, at]);
  });
  return found;
}
