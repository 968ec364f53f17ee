/** Numbers and times as people read them. */

import { signal } from '@preact/signals';
import type { Granularity } from './bucket';

export type Zone = 'utc' | 'local';

/** Which clock times are shown by; the buckets are those of UTC either way. */
export const zone = signal<Zone>('utc');

const counts = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const shares = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const MISSING = '–';

export function count(of: number | null | undefined): string {
  return of === null || of === undefined ? MISSING : counts.format(of);
}

/** `1 message`, `2 messages` */
export function counted(of: number, one: string): string {
  return `${count(of)} ${one}${of === 1 ? '' : 's'}`;
}

const UNSEEN = /^[\p{White_Space}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]+$/u;

/** A name as it can be seen: one of blanks and characters without a picture is written as `U+200B`. */
export function visible(name: string): string {
  if (!UNSEEN.test(name)) return name;
  return [...name].map((of) => `U+${of.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`).join(' ');
}

/** `12.3 %` of a share from 0 to 1. */
export function percent(share: number | null | undefined): string {
  return share === null || share === undefined ? MISSING : `${shares.format(share * 100)} %`;
}

const availability = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** `99.98 %`; only what is all is 100. */
export function shareHeardText(share: number | null): string {
  if (share === null) return MISSING;
  return share === 1 ? '100 %' : `${availability.format(Math.floor(share * 10_000) / 100)} %`;
}

/** Without digits behind the point, for small places. */
export function roughly(share: number | null | undefined): string {
  return share === null || share === undefined ? MISSING : `${Math.round(share * 100)} %`;
}

/** `1.2 k`, `3.4 M`, for places where digits have no room. */
export function short(of: number): string {
  const [by, unit] = of >= 1e9 ? [1e9, ' G'] : of >= 1e6 ? [1e6, ' M'] : of >= 1e4 ? [1e3, ' k'] : [1, ''];
  const scaled = of / by;
  return `${scaled >= 100 || Number.isInteger(scaled) ? Math.round(scaled) : scaled.toFixed(1)}${unit}`;
}

const STEPS: ReadonlyArray<[number, string]> = [
  [365 * 86_400_000, 'y'],
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
];

/** `5 s`, `3 min`, `2 d`; the largest unit alone. */
export function duration(ms: number): string {
  const step = STEPS.find(([width]) => ms >= width);
  return step ? `${Math.floor(ms / step[0])} ${step[1]}` : '0 s';
}

/** `2 h 5 min`, `3 d`; the two largest units. */
export function length(ms: number): string {
  const step = STEPS.findIndex(([width]) => ms >= width);
  const [width, unit] = STEPS[step] ?? [1000, 's'];
  const next = STEPS[step + 1];
  const rest = next ? Math.floor((ms % width) / next[0]) : 0;
  return `${Math.floor(ms / width)} ${unit}${rest > 0 ? ` ${rest} ${next![1]}` : ''}`;
}

/** How long something took, from a millisecond on. */
export function took(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : duration(ms);
}

export function ago(at: number, now: number): string {
  return now - at < 1000 ? 'now' : `${duration(now - at)} ago`;
}

interface Fields {
  date: string;
  minute: string;
  second: string;
  year: number;
  month: string;
}

const two = (of: number) => String(of).padStart(2, '0');

function fields(at: number): Fields {
  const shown = zone.value === 'utc' ? new Date(at) : new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  const date = shown.toISOString().slice(0, 10);
  const minute = `${two(shown.getUTCHours())}:${two(shown.getUTCMinutes())}`;
  const second = `${minute}:${two(shown.getUTCSeconds())}`;
  return { date, minute, second, year: shown.getUTCFullYear(), month: date.slice(0, 7) };
}

/** `2026-11-21 12:56:07` */
export function dateTime(at: number): string {
  const { date, second } = fields(at);
  return `${date} ${second}`;
}

/** `11-21 12:56`, where the year goes without saying. */
export function dayTime(at: number): string {
  return dateMinute(at).slice(5);
}

/** `2026-11-21 12:56` */
export function dateMinute(at: number): string {
  const { date, minute } = fields(at);
  return `${date} ${minute}`;
}

export function clock(at: number): string {
  return fields(at).second;
}

export function clockMinute(at: number): string {
  return fields(at).minute;
}

export function day(at: number): string {
  return fields(at).date;
}

/** The name of a bucket: as many digits as it is wide. Days and wider ones are those of UTC. */
export function bucketName(of: Granularity, at: number): string {
  if (of === 'message') return `${dateTime(at)}.${new Date(at).toISOString().slice(20, 23)}`;
  const iso = new Date(at).toISOString();
  if (of === 'year') return iso.slice(0, 4);
  if (of === 'month') return iso.slice(0, 7);
  return of === 'day' || of === 'week' ? iso.slice(0, 10) : dateMinute(at);
}

/** Microseconds and all. */
export function parse(time: string): number {
  return Date.parse(time);
}
