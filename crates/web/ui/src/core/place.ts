/** Where the reader is: everything that a link should bring back is in the address. */

import { type ReadonlySignal, computed, signal } from '@preact/signals';
import { type Zone, zone } from './text';

export const VIEWS = ['/', '/service', '/compare', '/pipeline', '/query'] as const;
export type View = (typeof VIEWS)[number];

export interface Place {
  view: View;
  parameters: URLSearchParams;
}

export function placeOf(path: string, search: string): Place {
  const view = VIEWS.find((known) => known === path) ?? '/';
  return { view, parameters: new URLSearchParams(search) };
}

/** A parameter with several values stands there several times. */
export type Given = Record<string, string | readonly string[] | null | undefined>;

function pairs([name, value]: [string, Given[string]]): [string, string | null | undefined][] {
  return typeof value === 'object' && value !== null ? value.map((one) => [name, one]) : [[name, value]];
}

/** The address of a view with these parameters; those without a value are left out. */
export function addressOf(view: View, parameters: Given | URLSearchParams): string {
  const given = parameters instanceof URLSearchParams ? [...parameters] : Object.entries(parameters).flatMap(pairs);
  const kept = given.filter((pair): pair is [string, string] => pair[1] !== null && pair[1] !== undefined);
  const text = new URLSearchParams(kept.filter(([, value]) => value !== '')).toString();
  return text ? `${view}?${text}` : view;
}

export const place = signal<Place>(placeOf('/', ''));
export const parameters = computed(() => place.value.parameters);

const single = new Map<string, ReadonlySignal<string | null>>();

/** One parameter, so that whoever shows it is not drawn again for the others. */
export function parameter(name: string): string | null {
  const known = single.get(name) ?? computed(() => parameters.value.get(name));
  single.set(name, known);
  return known.value;
}

function arrive(): void {
  place.value = placeOf(location.pathname, location.search);
  zone.value = (parameter('tz') === 'local' ? 'local' : 'utc') satisfies Zone;
}

/** Goes elsewhere; the browser's back comes here again. */
export function go(address: string): void {
  if (address === location.pathname + location.search) return;
  history.pushState(null, '', address);
  arrive();
}

/**
 * Other parameters of the same view; null takes one away. What is typed or toggled replaces the entry in the history,
 * a step deeper adds one.
 */
export function change(
  changes: Record<string, string | readonly string[] | null>,
  step: 'replace' | 'push' = 'replace',
): void {
  const next = new URLSearchParams(parameters.peek());
  for (const [name, value] of Object.entries(changes)) {
    next.delete(name);
    for (const [, one] of pairs([name, value])) if (one) next.append(name, one);
  }
  const address = addressOf(place.peek().view, next);
  if (address === location.pathname + location.search) return;
  if (step === 'push') history.pushState(null, '', address);
  else history.replaceState(null, '', address);
  arrive();
}

/** The zone goes along wherever one goes. */
export function link(view: View, of: Given = {}): string {
  return addressOf(view, { ...of, tz: parameter('tz') });
}

/** Takes over links within the page and the browser's back and forward. */
export function watchPlace(): void {
  addEventListener('popstate', arrive);
  document.addEventListener('click', (event) => {
    const anchor = (event.target as Element | null)?.closest?.('a');
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!anchor || !plain || anchor.target || anchor.hasAttribute('download') || event.defaultPrevented) return;
    const to = new URL(anchor.href, location.href);
    if (to.origin !== location.origin || !VIEWS.some((known) => known === to.pathname) || to.hash) return;
    event.preventDefault();
    go(to.pathname + to.search);
    document.getElementById('main')?.focus({ preventScroll: true });
    scrollTo(0, 0);
  });
  arrive();
}
