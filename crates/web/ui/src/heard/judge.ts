/**
 * How much of the time a service was heard. A service is silent where nothing came from it for as long as it takes to be
 * late, or longer. What came before its first message is not its silence, and neither are minutes in which nobody
 * listened, or in which messages were lost here: those are not known.
 */

import { MINUTE, type Span } from '../core/range';

/** Minutes of a service and of the collector, as stretches of whole minutes in order, none touching the next. */
export interface Minutes {
  heard: Span[];
  /** Somebody listened, and nothing was lost. */
  listened: Span[];
  /** From when on it was asked for; what was before is not known here. */
  from: number;
  /** Until when all of it is in: the end of the last whole minute when it was asked for. */
  until: number;
}

export type Kind = 'heard' | 'silent' | 'unknown' | 'before';

export interface Piece extends Span {
  kind: Kind;
}

/** A time without a word that was long enough to be silence. */
export interface Silence extends Span {
  /** Began before anything was asked for. */
  early: boolean;
  /** Still going on. */
  open: boolean;
  silent: number;
  unknown: number;
}

export interface Judgement {
  span: Span;
  /** All of the span, in order. */
  pieces: Piece[];
  silences: Silence[];
  /** Milliseconds of each kind. */
  sums: Record<Kind, number>;
}

interface Given extends Minutes {
  /** When the first message of all was sent. */
  since: number;
  /** How long nothing may come. */
  late: number;
}

export function judge(given: Given, asked: Span): Judgement {
  const span = { from: asked.from, to: Math.max(asked.from, Math.min(asked.to, given.until)) };
  const first = Math.floor(given.since / MINUTE) * MINUTE;
  const pieces: Piece[] = [];
  const silences: Silence[] = [];
  const put = (of: Span, kind: Kind) => {
    const [from, to] = [Math.max(of.from, span.from), Math.min(of.to, span.to)];
    const last = pieces.at(-1);
    if (from >= to) return;
    if (last?.kind === kind && last.to === from) last.to = to;
    else pieces.push({ from, to, kind });
  };
  put({ from: span.from, to: first }, 'before');
  put({ from: Math.max(span.from, first), to: given.from }, 'unknown');
  for (const { of, heard } of turns(given, first)) {
    if (heard) {
      put(of, 'heard');
      continue;
    }
    const parts = split(of, given.listened);
    const silent = length(parts.filter((part) => part.known));
    const late = silent >= Math.max(given.late, MINUTE);
    for (const part of parts) put(part, part.known ? (late ? 'silent' : 'heard') : 'unknown');
    if (late && parts.some(({ known, from, to }) => known && from < span.to && to > span.from)) {
      const early = of.from === given.from && given.from > first;
      silences.push({ ...of, early, open: of.to >= given.until, silent, unknown: length([of]) - silent });
    }
  }
  const sums: Judgement['sums'] = { heard: 0, silent: 0, unknown: 0, before: 0 };
  for (const piece of pieces) sums[piece.kind] += piece.to - piece.from;
  return { span, pieces, silences, sums };
}

/** From the first message on, stretches in which it was heard and those between them, in turn. */
function* turns({ heard, from, until }: Given, first: number): Generator<{ of: Span; heard: boolean }> {
  const begin = Math.max(first, from);
  let at = Math.min(begin, heard[0]?.from ?? begin);
  for (const of of heard) {
    if (of.from >= until) break;
    if (of.from > at) yield { of: { from: at, to: of.from }, heard: false };
    at = Math.min(of.to, until);
    yield { of: { from: of.from, to: at }, heard: true };
  }
  if (at < until) yield { of: { from: at, to: until }, heard: false };
}

/** A stretch, cut where somebody begins or ends to listen. */
function split(of: Span, listened: Span[]): (Span & { known: boolean })[] {
  const parts = [];
  let at = of.from;
  for (const { from, to } of listened) {
    if (to <= at) continue;
    if (from >= of.to) break;
    if (from > at) parts.push({ from: at, to: from, known: false });
    const end = Math.min(to, of.to);
    parts.push({ from: Math.max(from, at), to: end, known: true });
    at = end;
  }
  if (at < of.to) parts.push({ from: at, to: of.to, known: false });
  return parts;
}

function length(of: Span[]): number {
  return of.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** Where less is known, a share of it would say nothing of the whole. */
const KNOWN_MIN = 0.01;

/** Of the time that is known; null where next to none is. */
export function shareHeard({ sums }: Judgement): number | null {
  const known = sums.heard + sums.silent;
  return known > 0 && known >= KNOWN_MIN * (known + sums.unknown) ? sums.heard / known : null;
}

/** Equal parts of a span, each with how much of it is of which kind. */
export function slots({ pieces }: Judgement, span: Span, many: number): Record<Kind, number>[] {
  const found = Array.from({ length: many }, () => ({ heard: 0, silent: 0, unknown: 0, before: 0 }));
  const width = (span.to - span.from) / many;
  for (const { from, to, kind } of pieces) {
    const last = Math.min(many - 1, Math.ceil((to - span.from) / width) - 1);
    for (let at = Math.max(0, Math.floor((from - span.from) / width)); at <= last; at++) {
      const start = span.from + at * width;
      found[at]![kind] += Math.max(0, Math.min(to, start + width) - Math.max(from, start)) / width;
    }
  }
  return found;
}

/** Stretches without those in which something was amiss, which count in whole minutes. */
export function without(of: Span[], amiss: Span[]): Span[] {
  const whole = amiss
    .map(({ from, to }) => ({ from: Math.floor(from / MINUTE) * MINUTE, to: Math.ceil(to / MINUTE) * MINUTE }))
    .sort((one, other) => one.from - other.from);
  return of.flatMap((stretch) => {
    const left: Span[] = [];
    let at = stretch.from;
    for (const { from, to } of whole) {
      if (to <= at || from >= stretch.to) continue;
      if (from > at) left.push({ from: at, to: from });
      at = Math.max(at, to);
    }
    if (at < stretch.to) left.push({ from: at, to: stretch.to });
    return left;
  });
}

/** How far its messages are apart as a rule: the middle one of the distances between minutes in which it was heard. */
export function usualDistance(heard: Span[]): number | null {
  const distances = heard.slice(1).map((of, at) => of.from - heard[at]!.from);
  return distances.length < 5 ? null : distances.sort((one, other) => one - other)[distances.length >> 1]!;
}
