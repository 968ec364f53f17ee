/** SQL statements and their rows. */

import { parse } from './exact';
import { Problem, request } from './request';

export type Value = string | number | boolean | null | Value[] | { [name: string]: Value };

export interface Rows {
  columns: { name: string; type: string }[];
  rows: Value[][];
  /** Whether there was more than the page takes. */
  cut: boolean;
  took: number;
}

/** A browser holds as many in a table without becoming slow. */
export const ROWS_MAX = 100_000;
/** Nor is more read than that: a table of all messages is longer than any browser's memory. */
const CHARACTERS_MAX = 48_000_000;

export async function ask(text: string, signal?: AbortSignal): Promise<Rows> {
  const began = performance.now();
  const response = await send(text, 'application/json', signal);
  const { json, cut } = await beginning(response, CHARACTERS_MAX);
  const answer = cut ? closed(json) : parse<Parsed>(json);
  const rows = answer.rows.length > ROWS_MAX ? answer.rows.slice(0, ROWS_MAX) : answer.rows;
  return { ...answer, rows, cut: cut || answer.rows.length > ROWS_MAX, took: performance.now() - began };
}

/** All rows as a file, which is not looked into. */
export async function file(text: string): Promise<Blob> {
  return (await send(text, 'text/csv')).blob();
}

function send(text: string, accept: string, signal?: AbortSignal): Promise<Response> {
  return request('/api/v1/sql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept },
    body: JSON.stringify({ sql: text }),
    ...(signal ? { signal } : {}),
  });
}

/** As much of a body as that; whoever reads no further hangs up, and the daemon gives up the statement. */
async function beginning(response: Response, most: number): Promise<{ json: string; cut: boolean }> {
  const parts: string[] = [];
  let read = 0;
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { json: parts.join(''), cut: false };
    parts.push(value);
    read += value.length;
    if (read > most) {
      await reader.cancel().catch(() => undefined);
      return { json: parts.join(''), cut: true };
    }
  }
}

interface Parsed {
  columns: Rows['columns'];
  rows: Value[][];
}

const ENDS_MAX = 20;

/** An answer that was cut off, up to its last whole row. What looks like the end of a row may stand within a text. */
export function closed(json: string): Parsed {
  let end = json.length;
  for (let tried = 0; tried < ENDS_MAX; tried++) {
    end = json.lastIndexOf('],[', end - 1);
    if (end < 0) break;
    try {
      return parse<Parsed>(`${json.slice(0, end)}]]}`);
    } catch {
      // not the end of a row
    }
  }
  throw new Problem('too_long', 'a row of the result is longer than a page can hold; select fewer columns');
}

/** A text as a statement holds it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
