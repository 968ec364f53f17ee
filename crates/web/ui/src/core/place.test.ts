import { expect, test } from 'vitest';
import { addressOf, placeOf } from './place';

test('addresses', () => {
  expect(addressOf('/service', { name: 'a b/ü?&', last: null, tz: undefined, q: '' })).toBe(
    '/service?name=a+b%2F%C3%BC%3F%26',
  );
  expect(addressOf('/', {})).toBe('/');
});

test('a place comes back from its address', () => {
  const address = addressOf('/query', { q: "SELECT 'ü' || '&'\nFROM x" });
  const [path, search] = address.split('?');
  const place = placeOf(path!, search!);
  expect([place.view, place.parameters.get('q')]).toEqual(['/query', "SELECT 'ü' || '&'\nFROM x"]);
});

test('what is no view is the fleet', () => expect(placeOf('/nowhere', '').view).toBe('/'));
