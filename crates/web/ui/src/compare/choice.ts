/** Which services are compared: their names are in the address, in the order in which they were chosen. */

import { type Given, change, parameters } from '../core/place';
import { byName, prefix } from '../core/pattern';

/** More lines in one chart cannot be told apart. */
export const DRAWN_MAX = 12;
const PARAMETER = 'service';

/** As the address has them, each once. */
export function chosenIn(of: URLSearchParams): string[] {
  return [...new Set(of.getAll(PARAMETER))].filter((name) => name !== '');
}

export function chosen(): string[] {
  return chosenIn(parameters.value);
}

/** Takes one in, or out where it is among them. */
export function toggled(names: readonly string[], name: string): string[] {
  return names.includes(name) ? names.filter((of) => of !== name) : [...names, name];
}

export function choose(names: readonly string[]): void {
  change({ [PARAMETER]: names });
}

export function toggle(name: string): void {
  choose(toggled(chosenIn(parameters.peek()), name));
}

/** The range goes along from where one was looking. */
export function comparison(names: readonly string[]): Given {
  const { value } = parameters;
  return { [PARAMETER]: names, last: value.get('last'), from: value.get('from'), to: value.get('to') };
}

/** Others whose names begin as one of the chosen ones does. */
export function alike(names: readonly string[], all: readonly string[], most: number): string[] {
  const beginnings = new Set(names.map(prefix));
  return all.filter((name) => beginnings.has(prefix(name)) && !names.includes(name)).slice(0, most);
}

/** Names that begin alike, where there are several; the largest group first. */
export function beginnings(all: readonly string[]): { name: string; services: string[] }[] {
  const found = new Map<string, string[]>();
  for (const name of [...all].sort(byName)) {
    const services = found.get(prefix(name)) ?? [];
    services.push(name);
    found.set(prefix(name), services);
  }
  const groups = [...found].map(([name, services]) => ({ name, services }));
  return groups
    .filter(({ services }) => services.length > 1)
    .sort((one, other) => other.services.length - one.services.length || byName(one.name, other.name));
}
