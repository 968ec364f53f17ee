/** SQL statements and their rows. */

import { request } from './request';

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

export async function ask(text: string, signal?: AbortSignal): Promise<Rows> {
  const began = performance.now();
  const response = await request('/api/v1/sql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ sql: text }),
    ...(signal ? { signal } : {}),
  });
  const answer = (await response.json()) as { columns: Rows['columns']; rows: Value[][] };
  const cut = answer.rows.length > ROWS_MAX;
  return { ...answer, rows: answer.rows.slice(0, ROWS_MAX), cut, took: performance.now() - began };
}

/** A text as a statement holds it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
