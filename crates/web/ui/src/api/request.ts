/** Requests to the daemon that the page came from. */

import { token } from './token';

/** What went wrong, in the API's words. */
export class Problem extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }

  /** Whether the same request may be answered later. */
  get passes(): boolean {
    return ['not_ready', 'busy', 'timeout'].includes(this.code);
  }
}

/** Nobody answered at all. */
export const UNREACHABLE = 'unreachable';

export type Parameters = Record<string, string | string[] | null | undefined>;

export function query(parameters: Parameters): string {
  const pairs = Object.entries(parameters).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [value].flat().map((one): [string, string] => [name, one]),
  );
  return pairs.length ? `?${new URLSearchParams(pairs)}` : '';
}

export function headers(more: Record<string, string> = {}): Record<string, string> {
  const shown = token.peek();
  return shown === null ? more : { ...more, authorization: `Bearer ${shown}` };
}

/** The response where it is a good one, else a problem. */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const all = { ...init, headers: headers(init.headers as Record<string, string>) };
  let response: Response;
  try {
    response = await fetch(path, all);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new Problem(UNREACHABLE, 'the daemon does not answer; is it running?');
  }
  if (response.ok) return response;
  throw await problemOf(response);
}

async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text();
  try {
    const { error } = JSON.parse(text) as { error: { code: string; message: string } };
    return new Problem(error.code, error.message);
  } catch {
    return new Problem(`http_${response.status}`, text.slice(0, 300) || `the answer was ${response.status}`);
  }
}

export async function ask<T>(path: string, parameters: Parameters = {}, signal?: AbortSignal): Promise<T> {
  const init: RequestInit = { headers: { accept: 'application/json' } };
  if (signal) init.signal = signal;
  const response = await request(`/api/v1/${path}${query(parameters)}`, init);
  return (await response.json()) as T;
}

export async function tell<T>(path: string): Promise<T> {
  const response = await request(`/api/v1/${path}`, { method: 'POST', headers: { accept: 'application/json' } });
  return (await response.json()) as T;
}
