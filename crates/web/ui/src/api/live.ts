/**
 * What is true right now: every service, the process, and whether this page still hears of them. One stream feeds all
 * views; each service is a signal of its own, so that a message of one redraws one tile.
 */

import { type Signal, batch, effect, signal } from '@preact/signals';
import { events } from './events';
import { Problem, UNREACHABLE, ask, request } from './request';
import type { Latest, Service, ServiceNow, Status } from './shapes';
import { keepToken, token } from './token';

export type Connection =
  | { state: 'loading' }
  | { state: 'live' }
  /** Nothing has come since. */
  | { state: 'stale'; since: number; problem: string }
  /** The process runs and has no answers yet. */
  | { state: 'preparing'; problem: string }
  | { state: 'unauthorized'; refused: boolean }
  /** It answers, and not as it should. */
  | { state: 'broken'; problem: string };

export interface ServiceCell {
  seen: Service;
  now: ServiceNow;
}

export const connection = signal<Connection>({ state: 'loading' });
/** Whether the list of services has ever come. */
export const known = signal(false);
/** Changes when services come, not when they send. */
export const names = signal<string[]>([]);
export const cells = new Map<string, Signal<ServiceCell>>();
export const status = signal<Status | null>(null);
/** Of the last event. */
export const heardAt = signal(0);
/** False while the newest messages are missing in what is shown. */
export const complete = signal(true);
/** A clock for ages, a second a tick. */
export const now = signal(Date.now());

/** Without a word for so long the stream is taken for dead; the daemon says something every few seconds. */
const SILENCE = 15_000;
const RETRY_FIRST = 500;
const RETRY_MAX = 5_000;

const NOTHING: ServiceNow = { last: null, minute: null, previous: null };

export function list(services: Service[]): void {
  batch(() => {
    let changed = cells.size !== services.length;
    for (const seen of services) {
      const cell = cells.get(seen.service);
      if (cell) cell.value = { ...cell.peek(), seen: newer(seen, cell.peek().seen) };
      else {
        cells.set(seen.service, signal({ seen, now: NOTHING }));
        changed = true;
      }
    }
    if (changed) names.value = [...cells.keys()];
    known.value = true;
  });
}

function newer(one: Service, other: Service): Service {
  return one.last_seen >= other.last_seen ? one : { ...one, last_seen: other.last_seen };
}

/** Takes in what is latest; true where a service came that is not in the list. */
export function take(latest: Latest): boolean {
  let unknown = false;
  batch(() => {
    complete.value = latest.complete;
    for (const [name, now] of Object.entries(latest.services)) {
      const cell = cells.get(name);
      if (!cell) unknown = true;
      else cell.value = { now, seen: seenBy(cell.peek().seen, now) };
    }
  });
  return unknown;
}

function seenBy(seen: Service, { last }: ServiceNow): Service {
  if (!last || (last.time <= seen.last_seen && last.received <= seen.last_received)) return seen;
  const latest = (one: string, other: string) => (Date.parse(one) > Date.parse(other) ? one : other);
  return {
    ...seen,
    last_seen: latest(last.time, seen.last_seen),
    last_received: latest(last.received, seen.last_received),
  };
}

async function listen(stop: AbortSignal): Promise<void> {
  const alive = new AbortController();
  stop.addEventListener('abort', () => alive.abort());
  let timer = setTimeout(() => alive.abort(), SILENCE);
  try {
    const response = await request('/api/v1/live', { signal: alive.signal });
    list(await ask<Service[]>('services', {}, alive.signal));
    for await (const event of events(response)) {
      clearTimeout(timer);
      timer = setTimeout(() => alive.abort(), SILENCE);
      await hear(event.name, event.data, alive.signal);
    }
  } finally {
    clearTimeout(timer);
    alive.abort();
  }
}

async function hear(name: string, data: string, signal: AbortSignal): Promise<void> {
  heardAt.value = Date.now();
  if (name === 'status') status.value = JSON.parse(data) as Status;
  if (name === 'services') {
    const latest = JSON.parse(data) as Latest;
    if (take(latest)) {
      list(await ask<Service[]>('services', {}, signal));
      take(latest);
    }
  }
  const ready = status.peek()?.ready !== false;
  connection.value = ready ? { state: 'live' } : { state: 'preparing', problem: 'recovery is going on' };
}

/** What a failure means for the reader. */
export function judge(error: unknown, before: Connection, heard: number): Connection {
  if (error instanceof Problem) {
    if (error.code === 'unauthorized') return { state: 'unauthorized', refused: token.peek() !== null };
    if (error.passes) return { state: 'preparing', problem: error.message };
    if (error.code !== UNREACHABLE) return { state: 'broken', problem: error.message };
  }
  const since = before.state === 'stale' ? before.since : heard || Date.now();
  return { state: 'stale', since, problem: 'the daemon does not answer' };
}

async function follow(stop: AbortSignal): Promise<void> {
  let retry = RETRY_FIRST;
  while (!stop.aborted) {
    const began = Date.now();
    const failed = await listen(stop).catch((error: unknown) => error);
    if (stop.aborted) return;
    if (heardAt.peek() > began) retry = RETRY_FIRST;
    connection.value = judge(failed, connection.peek(), heardAt.peek());
    const { state } = connection.peek();
    if (state === 'unauthorized') return;
    if (state === 'preparing')
      await ask<Status>('status', {}, stop)
        .then((found) => (status.value = found))
        .catch(() => undefined);
    await pause(state === 'preparing' ? RETRY_FIRST : retry, stop);
    retry = Math.min(retry * 2, RETRY_MAX);
  }
}

/** A while, or until the network or the reader is back. */
function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const early = () => {
      clearTimeout(timer);
      resolve();
    };
    addEventListener('online', early, { once: true });
    document.addEventListener('visibilitychange', early, { once: true });
    stop.addEventListener('abort', early, { once: true });
  });
}

/** Listens for as long as the page is open, anew with each other token. */
export function stayLive(): void {
  setInterval(() => (now.value = Date.now()), 1000);
  effect(() => {
    void token.value;
    const stop = new AbortController();
    connection.value = { state: 'loading' };
    void follow(stop.signal);
    return () => stop.abort();
  });
}

export function signIn(text: string): void {
  keepToken(text);
}
