/** What became of everything that arrived, minute by minute, as one row of marks. */

import { MINUTE, type Span } from '../core/range';
import type { Coverage, LedgerLine } from './shapes';

export interface Fate {
  received: number;
  accepted: number;
  duplicate: number;
  rejected: number;
  shed: number;
  dropped: number;
  /** No source told what the kernel dropped, or one ended uncleanly. */
  unknown: boolean;
  damaged: boolean;
  /** A source did not listen all the minute long. */
  stopped: boolean;
}

/** From calm to grave; the gravest thing of a minute gives it its colour. */
export type Verdict = 'none' | 'complete' | 'refused' | 'stopped' | 'unknown' | 'lost';

export function fate(): Fate {
  return {
    received: 0,
    accepted: 0,
    duplicate: 0,
    rejected: 0,
    shed: 0,
    dropped: 0,
    unknown: false,
    damaged: false,
    stopped: false,
  };
}

export function verdict(of: Fate): Verdict {
  if (of.shed > 0 || of.dropped > 0 || of.damaged) return 'lost';
  if (of.unknown) return 'unknown';
  if (of.stopped) return 'stopped';
  if (of.rejected > 0) return 'refused';
  return of.received > 0 ? 'complete' : 'none';
}

/** Fates by the start of their minute. */
export function byMinute(lines: LedgerLine[], span: Span): Map<number, Fate> {
  const found = new Map<number, Fate>();
  const at = (minute: number) => {
    const known = found.get(minute) ?? fate();
    found.set(minute, known);
    return known;
  };
  for (const line of lines) {
    if (line.kind === undefined) {
      const of = at(Date.parse(line.minute));
      of.received += line.received;
      of.accepted += line.accepted;
      of.duplicate += line.duplicate;
      of.rejected += sum(line.rejected);
      of.shed += line.shed;
      of.dropped += line.kernel_dropped ?? 0;
      of.unknown ||= line.kernel_dropped === null;
    } else if (line.kind === 'gap' && line.clean) {
      const [from, to] = [Math.max(Date.parse(line.from), span.from), Math.min(Date.parse(line.to), span.to)];
      for (let minute = Math.ceil(from / MINUTE) * MINUTE; minute + MINUTE <= to; minute += MINUTE) {
        at(minute).stopped = true;
      }
    } else {
      const from = Math.max(Math.floor(Date.parse(line.from) / MINUTE) * MINUTE, span.from);
      for (let minute = from; minute < Math.min(Date.parse(line.to), span.to); minute += MINUTE) {
        if (line.kind === 'damage') at(minute).damaged = true;
        else at(minute).unknown = true;
      }
    }
  }
  return found;
}

export function sum(of: Record<string, number>): number {
  return Object.values(of).reduce((total, one) => total + one, 0);
}

/** The whole of it in one sentence and one verdict. */
export function judgeCoverage(of: Coverage): { verdict: Exclude<Verdict, 'stopped'>; parts: string[] } {
  const parts: string[] = [];
  const add = (many: number, what: string) => {
    if (many > 0) parts.push(`${many.toLocaleString('en')} ${what}`);
  };
  add(of.shed, 'lost while the disk took no writes');
  add(of.kernel_dropped ?? 0, 'dropped by the kernel');
  add(of.damaged.length, of.damaged.length === 1 ? 'span damaged on disk' : 'spans damaged on disk');
  add(of.unknown_minutes, of.unknown_minutes === 1 ? 'minute not known' : 'minutes not known');
  if (of.kernel_dropped === null && of.unknown_minutes === 0) parts.push('drops by the kernel not known');
  add(of.rejected, 'rejected');
  const verdict =
    of.shed > 0 || (of.kernel_dropped ?? 0) > 0 || of.damaged.length > 0
      ? 'lost'
      : of.unknown_minutes > 0 || of.kernel_dropped === null
        ? 'unknown'
        : of.rejected > 0
          ? 'refused'
          : of.received > 0
            ? 'complete'
            : 'none';
  return { verdict, parts };
}
