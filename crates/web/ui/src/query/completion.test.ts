import { PostgreSQL, sql } from '@codemirror/lang-sql';
import { CompletionContext, type CompletionResult, type CompletionSource } from '@codemirror/autocomplete';
import { EditorState } from '@codemirror/state';
import { expect, test } from 'vitest';
import { functionSource } from './completion';
import { TABLES } from './tables';

/** All that is offered where the bar stands. */
async function offered(text: string): Promise<string[]> {
  const at = text.indexOf('|');
  const extensions = [
    sql({ dialect: PostgreSQL, schema: TABLES }),
    PostgreSQL.language.data.of({ autocomplete: functionSource }),
  ];
  const state = EditorState.create({ doc: text.replace('|', ''), extensions });
  const sources = state.languageDataAt<CompletionSource>('autocomplete', at);
  const results = await Promise.all(sources.map((source) => source(new CompletionContext(state, at, true))));
  return results.flatMap((result) => (result as CompletionResult | null)?.options.map((option) => option.label) ?? []);
}

test('tables', async () =>
  expect(await offered('SELECT * FROM me|')).toEqual(expect.arrayContaining(['messages', 'minute'])));

test('columns of a table and of its alias', async () => {
  expect(await offered('SELECT minute.| FROM minute')).toEqual(expect.arrayContaining(['cpu_avg', 'cpu_max_at']));
  expect(await offered('SELECT m.| FROM messages m')).toEqual(expect.arrayContaining(['instance', 'disk_free']));
});

test('functions, but not behind a dot', async () => {
  expect(await offered('SELECT date_t|')).toContain('date_trunc');
  expect(await offered('SELECT m.d| FROM messages m')).not.toContain('date_trunc');
});
