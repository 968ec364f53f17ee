/**
 * JSON whose numbers may have more digits than a number of the browser holds: whole numbers beyond 2⁵³, and numerics.
 * Such a one is kept as its digits, in an object that nothing but this file looks into.
 */

import type { Value } from './sql';

const DIGITS = 'exact number';

/** A text, or a number with so many digits that some may be lost. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.]{15,}(?:[eE][+-]?\d+)?/g;

export function parse<T>(json: string): T {
  const kept = json.replace(TOKEN, (token) =>
    token.startsWith('"') || digits(token) === digits(String(Number(token))) ? token : `{"${DIGITS}":"${token}"}`,
  );
  return JSON.parse(kept) as T;
}

/** Those that count, without sign, point and exponent. */
function digits(number: string): string {
  return number.replace(/e.*|[-.]/gi, '').replace(/^0+|0+$/g, '');
}

const KEPT = new RegExp(`\\{\\s*"${DIGITS}":\\s*"([^"]*)"\\s*\\}`, 'g');

/** As JSON, with all digits. Within a text the quotes would have a backslash. */
export function written(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(KEPT, '$1');
}

/** The nearest number that the browser has; null for what is none. */
export function numberOf(value: Value | undefined): number | null {
  if (typeof value === 'number') return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const kept = value[DIGITS];
  return typeof kept === 'string' ? Number(kept) : null;
}
