import { expect, test } from 'vitest';
import { commands, udpAddress } from './fleet/address';
import { rebuilding } from './rebuilding';

test('how far a rebuild is', () => {
  const told = 'views_rebuilding: 3 of 17 files are folded; collecting goes on, ask again later';
  expect([rebuilding(told), rebuilding('recovery is going on')]).toEqual([{ done: 3, total: 17 }, null]);
});

test('where the first message goes', () => {
  expect(udpAddress('0.0.0.0:3500', 'vitals.example')).toEqual({ host: 'vitals.example', port: '3500' });
  expect(udpAddress('127.0.0.1:4000', 'localhost')).toEqual({ host: '127.0.0.1', port: '4000' });
  expect(udpAddress('[::]:3500', '[::1]')).toEqual({ host: '::1', port: '3500' });
  expect(udpAddress(null, 'x')).toEqual({ host: 'x', port: '3500' });
  expect(commands('::1', '3500')[0]?.text).toContain('--to [::1]:3500');
});
