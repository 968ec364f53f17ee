/**
 * What is true right now: every service, the process, and whether this page still hears of them. One stream feeds all
 * views; each service is a signal of its own, so that a message of one redraws one tile.
 */

import { type Signal, batch, effect, signal } from '@preact/signals';
import { watchScrolling, whenStill } from '../core/still';
import { events } from './events';
import { Rate } from './rate';
import { Problem, UNREACHABLE, ask, request } from './request';
import type { Latest, Pulse, Service, ServiceNow, Status } from './shapes';
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
/** How the process stands, with each event. */
export const pulse = signal<Pulse | null>(null);
/** Messages a second, over some seconds; null while that is not known. */
export const rate = signal<number | null>(null);
const counted = new Rate();
/** What changes rarely: jobs, tasks, addresses, the last start. */
export const status = signal<Status | null>(null);
/** Of the last event. */
export const heardAt = signal(0);
/** False while the newest messages are missing in what is shown. */
export const complete = signal(true);
/** A clock for ages, a second a tick. */
export const now = signal(Date.now());

/** Without a word for so long the stream is taken for dead; the daemon says something every second. */
const SILENCE = 15_000;
const RETRY_FIRST = 500;
const RETRY_MAX = 5_000;

const NOTHING: ServiceNow = { last: null, minute: null, previous: null };

/** Takes in what a connection begins with. It may be another daemon's, or of other data: nothing of before stays. */
export function begin(services: Service[], early: Latest[]): void {
  batch(() => {
    const before = new Map(cells);
    cells.clear();
    for (const seen of services) {
      const cell = before.get(seen.service) ?? signal({ seen, now: NOTHING });
      cell.value = { seen, now: NOTHING };
      cells.set(seen.service, cell);
    }
    names.value = [...cells.keys()];
    known.value = true;
    early.forEach(take);
  });
}

/** Takes in a later list of the same connection. */
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
  });
}

/** A list may have been asked for before the last message came. */
function newer(listed: Service, { last_seen, last_received }: Service): Service {
  return {
    ...listed,
    last_seen: latest(listed.last_seen, last_seen),
    last_received: latest(listed.last_received, last_received),
  };
}

/** Fractions of seconds are of any length, so that times do not compare as texts. */
function latest(one: string, other: string): string {
  return Date.parse(one) > Date.parse(other) ? one : other;
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
  return last ? newer(seen, { ...seen, last_seen: last.time, last_received: last.received }) : seen;
}

/** How often what changes rarely is asked for. */
const STATUS_EVERY = 5_000;
/** Few updates a second, however many messages arrive. */
const EVERY = '500ms';

/** One connection, from its first event to its end. */
class Listener {
  /** What came before the list of services did. */
  #early: Latest[] = [];
  /** What came while the page was scrolled. */
  #held: Latest | null = null;
  #listed = false;
  #statusAt = 0;

  constructor(readonly signal: AbortSignal) {}

  async hear(name: string, data: string): Promise<void> {
    heardAt.value = Date.now();
    if (name === 'services') this.#services(JSON.parse(data) as Latest);
    if (name === 'status') await this.#pulse(JSON.parse(data) as Pulse);
  }

  #services(latest: Latest): void {
    if (!this.#listed) {
      this.#early.push(latest);
      return;
    }
    const before = this.#held;
    this.#held = before ? { ...latest, services: { ...before.services, ...latest.services } } : latest;
    // a list that cannot be had now is asked for again with the next service that is not in it
    if (!before) void whenStill().then(() => this.#take().catch(() => undefined));
  }

  async #take(): Promise<void> {
    const latest = this.#held;
    this.#held = null;
    if (!latest || this.signal.aborted || !take(latest)) return;
    list(await this.#asked());
    take(latest);
  }

  #asked(): Promise<Service[]> {
    return ask<Service[]>('services', {}, this.signal);
  }

  async #pulse(next: Pulse): Promise<void> {
    const before = pulse.peek();
    pulse.value = next;
    rate.value = counted.next(next);
    const changed = next.ready !== before?.ready || next.running.join() !== before.running.join();
    // asked for beside the list of services, which the reader waits for
    const told = changed || Date.now() - this.#statusAt > STATUS_EVERY ? this.#status() : undefined;
    await this.#lists(next);
    await told;
  }

  async #status(): Promise<void> {
    this.#statusAt = Date.now();
    status.value = await ask<Status>('status', {}, this.signal);
  }

  async #lists(next: Pulse): Promise<void> {
    if (!next.ready || next.problem !== null) {
      const problem = next.problem ?? 'recovery is going on';
      const of = connection.peek();
      if (of.state !== 'preparing' || of.problem !== problem) connection.value = { state: 'preparing', problem };
      return;
    }
    if (!this.#listed) {
      begin(await this.#asked(), this.#early);
      this.#early = [];
      this.#listed = true;
    }
    // said once: whoever shows the connection is not drawn again with each event
    if (connection.peek().state !== 'live') connection.value = { state: 'live' };
  }
}

async function listen(stop: AbortSignal): Promise<void> {
  const alive = new AbortController();
  const end = () => alive.abort();
  stop.addEventListener('abort', end);
  let timer = setTimeout(end, SILENCE);
  try {
    const response = await request(`/api/v1/live?every=${EVERY}`, { signal: alive.signal });
    const listener = new Listener(alive.signal);
    for await (const event of events(response)) {
      clearTimeout(timer);
      timer = setTimeout(end, SILENCE);
      await listener.hear(event.name, event.data);
    }
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', end);
    end();
  }
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

/**
 * Whether somebody can see the page. A browser keeps six connections to a server at most, for all its tabs together, and
 * a stream holds one of them: those that nobody sees must not keep one that is looked at from its answers.
 */
const watched = signal(true);
const HIDDEN_WAIT = 5_000;

function watchVisibility(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    clearTimeout(timer);
    if (document.visibilityState === 'visible') watched.value = true;
    else timer = setTimeout(() => (watched.value = false), HIDDEN_WAIT);
  };
  document.addEventListener('visibilitychange', look);
  addEventListener('pagehide', () => (watched.value = false));
  addEventListener('pageshow', look);
}

/** Listens for as long as somebody looks, anew with each other token. */
export function stayLive(): void {
  watchScrolling();
  setInterval(() => void whenStill().then(() => (now.value = Date.now())), 1000);
  watchVisibility();
  let before: string | null | undefined;
  effect(() => {
    const shown = token.value;
    if (!watched.value) return;
    const stop = new AbortController();
    if (shown !== before) connection.value = { state: 'loading' };
    before = shown;
    void follow(stop.signal);
    return () => stop.abort();
  });
}

export function signIn(text: string): void {
  keepToken(text);
}
