/** Services under headings: by the beginning of their names, or by the instance that sends for them. */

import { ask } from '../api/sql';
import { prefix } from '../core/pattern';
import { STATES, type Standing } from './state';

export const GROUPINGS = ['none', 'prefix', 'instance'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export interface Group {
  name: string;
  services: Standing[];
}

/** Ordered services as groups; a group stands where its first service does. */
export function grouped(services: Standing[], headings: (service: string) => string[]): Group[] {
  const groups = new Map<string, Group>();
  for (const service of services) {
    for (const name of headings(service.name)) {
      const group = groups.get(name) ?? { name, services: [] };
      group.services.push(service);
      groups.set(name, group);
    }
  }
  return [...groups.values()];
}

/** Names that share their prefix with no other stand together at the end. */
export function byPrefix(names: string[]): (service: string) => string[] {
  const many = new Map<string, number>();
  for (const name of names) many.set(prefix(name), (many.get(prefix(name)) ?? 0) + 1);
  return (name) => [(many.get(prefix(name)) ?? 0) > 1 ? prefix(name) : 'others'];
}

export const WITHOUT_INSTANCE = 'no instance named';

/** Which instances sent for a service in the last hour. */
export async function instances(signal: AbortSignal): Promise<Map<string, string[]>> {
  const since = new Date(Date.now() - 3_600_000).toISOString();
  const text = `SELECT DISTINCT service, instance FROM messages WHERE time >= TIMESTAMP '${since}' ORDER BY instance`;
  const found = new Map<string, string[]>();
  for (const [service, instance] of (await ask(text, signal)).rows) {
    const name = String(service);
    found.set(name, [...(found.get(name) ?? []), instance === null ? WITHOUT_INSTANCE : String(instance)]);
  }
  return found;
}

export function tally(services: Standing[]): { state: Standing['state']; many: number }[] {
  return STATES.map((state) => ({ state, many: services.filter((of) => of.state === state).length }));
}
