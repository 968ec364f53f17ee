/** Names and what is typed to find them. */

/** A name as the API's patterns read it: what would stand for other characters stands for itself. */
export function literal(name: string): string {
  return name.replace(/[*?[\]{}\\]/g, (special) => `[${special}]`);
}

/** Whether a name fits what was typed: words that all occur, or a pattern with `*` and `?` for the whole name. */
export function fits(name: string, typed: string): boolean {
  const text = typed.trim().toLowerCase();
  const low = name.toLowerCase();
  if (/[*?]/.test(text)) return globs(text).test(low);
  return text.split(/\s+/).every((word) => low.includes(word));
}

function globs(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}

/** `checkout` of `checkout-7`, `eu` of `eu.pay.3`: up to the first separator; a name without one stands alone. */
export function prefix(name: string): string {
  return /^[^-._/:]+/.exec(name)?.[0] ?? name;
}

const collator = new Intl.Collator('en', { numeric: true });

/** `service-2` before `service-10`. */
export function byName(one: string, other: string): number {
  return collator.compare(one, other);
}
