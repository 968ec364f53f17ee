/** Light or dark: the system's choice until the reader makes one. Colours are read where canvas needs them. */

import { computed, effect, signal } from '@preact/signals';

export type Choice = 'system' | 'light' | 'dark';

const KEY = 'vitals-theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const systemDark = signal(system.matches);

export const choice = signal<Choice>(recalled());
export const theme = computed(() => (choice.value === 'system' ? (systemDark.value ? 'dark' : 'light') : choice.value));

function recalled(): Choice {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === 'light' || kept === 'dark' ? kept : 'system';
  } catch {
    return 'system';
  }
}

export function choose(next: Choice): void {
  choice.value = next;
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // storage is switched off: the choice lives as long as the page
  }
}

let colours = new Map<string, string>();

/** The present value of a custom property. */
export function colour(name: string): string {
  const known = colours.get(name);
  if (known !== undefined) return known;
  const found = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  colours.set(name, found);
  return found;
}

export function faint(name: string, alpha: number): string {
  return mixed(colour(name), alpha);
}

/** A colour of six digits, to be seen through. */
export function mixed(hex: string, alpha: number): string {
  return `${hex}${Math.round(alpha * 255)
    .toString(16)
    .padStart(2, '0')}`;
}

export function watchTheme(): void {
  system.addEventListener('change', () => (systemDark.value = system.matches));
  effect(() => {
    document.documentElement.dataset['theme'] = theme.value;
    colours = new Map();
  });
}
