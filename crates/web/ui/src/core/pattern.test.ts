import { expect, test } from 'vitest';
import { byName, fits, literal, prefix } from './pattern';

test('a name stands for itself', () => {
  expect(literal('a*b?[c]{d}\\e')).toBe('a[*]b[?][[]c[]][{]d[}][\\]e');
  expect(literal('checkout-7.eu')).toBe('checkout-7.eu');
});

test('what is typed', () => {
  expect(fits('checkout-7', '')).toBe(true);
  expect(fits('Checkout-7', 'CHECK 7')).toBe(true);
  expect(fits('checkout-7', 'check 8')).toBe(false);
  expect([fits('checkout-7', 'check*'), fits('checkout-7', '*-?'), fits('checkout-7', 'heck*')]).toEqual([
    true,
    true,
    false,
  ]);
  expect(fits('a.b', 'a?b(')).toBe(false);
});

test('prefixes and order', () => {
  expect(['checkout-7', 'eu.pay.3', 'alone', '-x'].map(prefix)).toEqual(['checkout', 'eu', 'alone', '-x']);
  expect(['service-10', 'service-2', 'a'].sort(byName)).toEqual(['a', 'service-2', 'service-10']);
});
