/** The token, for as long as the tab is open and nowhere else. */

import { signal } from '@preact/signals';

const KEY = 'vitals-token';

export const token = signal<string | null>(null);

export function recallToken(): void {
  try {
    token.value = sessionStorage.getItem(KEY);
  } catch {
    // storage is switched off: the token lives as long as the page
  }
}

export function keepToken(text: string | null): void {
  token.value = text;
  try {
    if (text === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, text);
  } catch {
    // as above
  }
}
