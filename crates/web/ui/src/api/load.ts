/** An answer that a component shows: loading, there, or a problem; a newer question gives up the older one. */

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { connection } from './live';
import { Problem } from './request';

export interface Loaded<T> {
  /** The last answer, also while a newer one is awaited. */
  answer: T | null;
  /** Which question the answer is to. */
  of: string;
  loading: boolean;
  problem: string | null;
}

/**
 * Asks whenever `key` changes, and again every `refresh` milliseconds. A passing problem is tried again by itself.
 */
export function useAnswer<T>(key: string, ask: (signal: AbortSignal) => Promise<T>, refresh: number | null): Loaded<T> {
  const loaded = useSignal<Loaded<T>>({ answer: null, of: '', loading: true, problem: null });
  const reachable = connection.value.state === 'live';
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = (after: number) => (timer = setTimeout(once, after));
    const once = async () => {
      loaded.value = { ...loaded.peek(), loading: true };
      try {
        const answer = await ask(stop.signal);
        if (stop.signal.aborted) return;
        loaded.value = { answer, of: key, loading: false, problem: null };
        if (refresh !== null) again(refresh);
      } catch (error) {
        if (stop.signal.aborted) return;
        const problem = error instanceof Error ? error.message : String(error);
        loaded.value = { ...loaded.peek(), loading: false, problem };
        if (refresh !== null || (error instanceof Problem && error.passes)) again(2000);
      }
    };
    void once();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [key, refresh, reachable]);
  return loaded.value;
}
