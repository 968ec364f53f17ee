import { describe, expect, test } from 'vitest';
import { EventParser, events } from './events';

const STREAM =
  ': hello\nevent: status\ndata: {"a":1}\n\nretry: 10\n\ndata: one\ndata:two\r\ndata:  three\r\n\r\nevent: x\rdata\r\rdata: cut';
const EXPECTED = [
  { name: 'status', data: '{"a":1}' },
  { name: 'message', data: 'one\ntwo\n three' },
  { name: 'x', data: '' },
];

describe('events', () => {
  test('whole', () => expect(new EventParser().push(STREAM)).toEqual(EXPECTED));

  test.each([1, 2, 3, 5, 7])('in pieces of %d characters', (size) => {
    const parser = new EventParser();
    const found = [];
    for (let at = 0; at < STREAM.length; at += size) found.push(...parser.push(STREAM.slice(at, at + size)));
    expect(found).toEqual(EXPECTED);
  });

  test('of a response, with characters cut in two', async () => {
    const bytes = new TextEncoder().encode('data: käse\n\n');
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
        controller.close();
      },
    });
    const found = [];
    for await (const event of events(new Response(body))) found.push(event.data);
    expect(found).toEqual(['käse']);
  });
});
