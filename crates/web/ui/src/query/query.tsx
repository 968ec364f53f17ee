/** SQL: an editor, and what came of it as table and chart. The statement is in the address. */

import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { useAnswer } from '../api/load';
import { type Rows, ask } from '../api/sql';
import { change, link, parameter } from '../core/place';
import { count, took } from '../core/text';
import { Command } from '../parts/command';
import { Icon } from '../parts/icons';
import { Code } from './code';
import { Export } from './export';
import { Lines } from './lines';
import { chartable, shellQuoted } from './result';
import { ResultTable } from './rows';
import { EXAMPLES, MEANINGS, TABLES } from './tables';

interface Run {
  rows: Rows | null;
  problem: string | null;
  running: boolean;
}

export function Query() {
  const asked = parameter('q');
  const text = asked ?? EXAMPLES[0]!.sql;
  // what stands in the editor: nothing is drawn from it, for what is typed must not come back into the editor
  const draft = useRef(text);
  const result = useSignal<Run>({ rows: null, problem: null, running: false });
  const turn = useSignal(0);
  const tables = useAnswer('tables', columnsOfTables, null).answer ?? TABLES;

  useEffect(() => {
    if (asked === null) return;
    const stop = new AbortController();
    result.value = { ...result.peek(), running: true, problem: null };
    ask(asked, stop.signal).then(
      (rows) => (result.value = { rows, problem: null, running: false }),
      (error: unknown) => {
        if (!stop.signal.aborted)
          result.value = { rows: null, problem: String((error as Error).message), running: false };
      },
    );
    return () => stop.abort();
  }, [asked, turn.value]);

  const run = () => {
    const written = draft.current.trim();
    if (!written) return;
    if (written === asked) turn.value += 1;
    else change({ q: written }, 'push');
  };
  return (
    <>
      <h1 class="hidden">Query</h1>
      <div class="with-tables">
        <div class="editor results-below">
          <section class="card editor" aria-labelledby="sql">
            <header>
              <h2 id="sql">SQL</h2>
              <span class="quiet">read-only; Ctrl+Enter runs it; every statement sees one moment</span>
            </header>
            <Code text={text} draft={draft} tables={tables} onRun={run} />
            <div class="row spread">
              <button class="button main" type="button" onClick={run} disabled={result.value.running}>
                <Icon name="play" />
                {result.value.running ? 'Running…' : 'Run'}
              </button>
              <button
                class="button"
                type="button"
                onClick={() => change({ q: null, view: null }, 'push')}
                disabled={asked === null}
              >
                Examples
              </button>
            </div>
          </section>
          {asked === null ? <Examples /> : <Result run={result.value} asked={asked} />}
        </div>
        <Tables tables={tables} />
      </div>
    </>
  );
}

function Examples() {
  return (
    <section class="card editor" aria-labelledby="examples">
      <h2 id="examples">Questions to start with</h2>
      <ul class="examples">
        {EXAMPLES.map(({ name, sql }) => (
          <li key={name}>
            <a href={link('/query', { q: sql })} class="example">
              <b>{name}</b>
              <code>{sql}</code>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Result({ run: { rows, problem, running }, asked }: { run: Run; asked: string }) {
  const drawn = useMemo(() => rows && chartable(rows), [rows]);
  const asChart = drawn !== null && parameter('view') === 'chart';
  if (problem) {
    return (
      <p class="banner" data-tone="bad" role="alert">
        <Icon name="high" />
        <span>{problem}</span>
      </p>
    );
  }
  if (!rows)
    return running ? <div class="bone" style={{ height: '12rem' }} role="status" aria-label="Running" /> : null;
  return (
    <section class="card editor results" aria-label="Result" aria-busy={running}>
      <div class="row spread">
        <p role="status">
          <b>{count(rows.rows.length)}</b> {rows.rows.length === 1 ? 'row' : 'rows'} in {took(rows.took)}
        </p>
        <div class="row">
          {drawn && (
            <div class="segments" role="group" aria-label="Show as">
              <button type="button" aria-pressed={!asChart} onClick={() => change({ view: null })}>
                Table
              </button>
              <button type="button" aria-pressed={asChart} onClick={() => change({ view: 'chart' })}>
                Chart
              </button>
            </div>
          )}
          <Export rows={rows} asked={asked} />
        </div>
      </div>
      {rows.cut && <Cut rows={rows} asked={asked} />}
      {asChart && drawn ? <Lines drawn={drawn} /> : <ResultTable rows={rows} />}
    </section>
  );
}

/** There is more, and what to do about it. */
function Cut({ rows, asked }: { rows: Rows; asked: string }) {
  return (
    <div class="banner" role="status">
      <p>
        <b>Only the first {count(rows.rows.length)} rows are shown, as there are more than a page can hold.</b> Table,
        chart and JSON are of these. Narrow the statement by WHERE or LIMIT, or let it sum up by GROUP BY; or take all
        rows as CSV with the button above, or on the daemon’s machine:
      </p>
      <Command of="All rows by the command line" text={`vitals sql --format csv ${shellQuoted(asked)} > rows.csv`} />
    </div>
  );
}

function Tables({ tables }: { tables: Record<string, string[]> }) {
  return (
    <aside class="card columns" aria-label="Tables">
      <h2>Tables</h2>
      {Object.entries(tables).map(([name, columns]) => (
        <details key={name}>
          <summary>
            <b>{name}</b> <span class="quiet">{MEANINGS[name]}</span>
          </summary>
          <p>
            <code>{columns.join(', ')}</code>
          </p>
        </details>
      ))}
      <p class="quiet">Times are in UTC; shares run from 0 to 1.</p>
    </aside>
  );
}

/** As the daemon has them, in the order in which they are explained here. */
async function columnsOfTables(signal: AbortSignal): Promise<Record<string, string[]>> {
  const text =
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position";
  const found: Record<string, string[]> = Object.fromEntries(Object.keys(TABLES).map((name) => [name, []]));
  for (const [table, column] of (await ask(text, signal)).rows) {
    (found[String(table)] ??= []).push(String(column));
  }
  return Object.fromEntries(Object.entries(found).filter(([, columns]) => columns.length > 0));
}
