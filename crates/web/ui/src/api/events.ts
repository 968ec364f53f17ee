/** Server-sent events from a stream of text. `EventSource` would do it, but cannot show a token. */

export interface ServerEvent {
  name: string;
  data: string;
}

/** Gives what each piece of text completes. Lines may end in any of the three ways, also across pieces. */
export class EventParser {
  /** The beginning of a line that goes on: pieces, as a long line comes in many and is put together once. */
  #rest: string[] = [];
  #name = '';
  #data: string[] = [];
  #afterReturn = false;

  push(text: string): ServerEvent[] {
    const events: ServerEvent[] = [];
    let at = this.#afterReturn && text.startsWith('\n') ? 1 : 0;
    if (text !== '') this.#afterReturn = text.endsWith('\r');
    const end = /\r\n|\n|\r/g;
    end.lastIndex = at;
    for (let found = end.exec(text); found; found = end.exec(text)) {
      this.#rest.push(text.slice(at, found.index));
      at = end.lastIndex;
      const event = this.#line(this.#rest.join(''));
      this.#rest = [];
      if (event) events.push(event);
    }
    if (at < text.length) this.#rest.push(text.slice(at));
    return events;
  }

  #line(line: string): ServerEvent | undefined {
    if (line === '') {
      const event = { name: this.#name || 'message', data: this.#data.join('\n') };
      const complete = this.#data.length > 0;
      this.#name = '';
      this.#data = [];
      return complete ? event : undefined;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#name = value;
    else if (field === 'data') this.#data.push(value);
    return undefined;
  }
}

/** The events of a response, as they come. */
export async function* events(response: Response): AsyncGenerator<ServerEvent> {
  const parser = new EventParser();
  const decoder = new TextDecoder();
  const reader = response.body!.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    // whoever stops listening hangs up
    await reader.cancel().catch(() => undefined);
  }
}
