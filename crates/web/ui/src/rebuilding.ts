/** What a rebuild says of itself, as `views_rebuilding: 3 of 17 files are folded; …`. */
export function rebuilding(problem: string): { done: number; total: number } | null {
  const found = /^views_rebuilding: (\d+) of (\d+) /.exec(problem);
  return found ? { done: Number(found[1]), total: Number(found[2]) } : null;
}
