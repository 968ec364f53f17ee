/** What runs by the clock, and the button that runs it now. */

import { useSignal } from '@preact/signals';
import { useAnswer } from '../api/load';
import { now } from '../api/live';
import { Problem, ask, tell } from '../api/request';
import type { Job, LastRun, PastRun } from '../api/shapes';
import { keepToken, token } from '../api/token';
import { ago, count, dateTime, duration, took } from '../core/text';
import { Icon } from '../parts/icons';
import { type Column, Table } from '../parts/table';

export function Jobs({ jobs }: { jobs: Job[] }) {
  const told = useSignal<{ text: string; tone: string } | null>(null);
  const wanted = useSignal<string | null>(null);
  const running = useSignal<string | null>(null);
  const run = async (name: string) => {
    running.value = name;
    told.value = null;
    try {
      const ended = await tell<LastRun>(`jobs/${encodeURIComponent(name)}/run`);
      const well = ended.outcome === 'ok';
      told.value = {
        tone: well ? 'ok' : 'bad',
        text: `${name}: ${ended.outcome}, ${took(ended.took_ms)}, ${count(ended.rows)} rows`,
      };
    } catch (error) {
      if (error instanceof Problem && ['forbidden', 'unauthorized'].includes(error.code)) wanted.value = name;
      told.value = { tone: 'bad', text: error instanceof Error ? error.message : String(error) };
    } finally {
      running.value = null;
    }
  };
  const columns: Column<Job>[] = [
    { name: 'job', cell: (job) => job.name },
    {
      name: 'run now',
      cell: (job) => (
        <button
          class="button"
          type="button"
          disabled={running.value !== null || job.running}
          onClick={() => void run(job.name)}
          aria-label={`Run ${job.name} now`}
        >
          <Icon name="play" />
          {running.value === job.name ? 'Running…' : 'Run'}
        </button>
      ),
    },
    { name: 'next run', cell: (job) => (job.running ? 'running now' : nextOf(job)) },
    {
      name: 'last run',
      cell: (job) =>
        job.last ? `${ago(Date.parse(job.last.started), now.value)}, ${took(job.last.took_ms)}` : 'never',
    },
    { name: 'outcome', cell: (job) => <Outcome job={job} /> },
    { name: 'schedule', cell: (job) => <code>{job.schedule}</code> },
  ];
  return (
    <section class="card editor" aria-labelledby="jobs">
      <header>
        <h2 id="jobs">Jobs</h2>
      </header>
      <Table caption="Jobs" columns={columns} rows={jobs} />
      <p role="status" class="row">
        {told.value && (
          <span class="badge" data-tone={told.value.tone} style={{ whiteSpace: 'normal' }}>
            {told.value.text}
          </span>
        )}
      </p>
      {wanted.value && <OperateToken retry={wanted.value} run={run} done={() => (wanted.value = null)} />}
      <History />
    </section>
  );
}

function nextOf(job: Job): string {
  if (!job.next) return 'not scheduled';
  const at = Date.parse(job.next);
  return at > now.value ? `in ${duration(at - now.value)}` : dateTime(at);
}

function Outcome({ job }: { job: Job }) {
  if (!job.last) return <>–</>;
  const well = job.last.outcome === 'ok';
  return (
    <span class="badge" data-tone={well ? 'ok' : 'bad'} title={job.last.outcome}>
      {job.last.outcome.slice(0, 60)}
      {job.failures > 1 && `, ${job.failures} times in a row`}
    </span>
  );
}

function OperateToken({ retry, run, done }: { retry: string; run: (name: string) => Promise<void>; done: () => void }) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget as HTMLFormElement).get('token')).trim();
    if (!text) return;
    keepToken(text);
    done();
    void run(retry);
  };
  return (
    <form class="row" onSubmit={submit}>
      <label class="label">
        Operate token
        <input class="field" type="password" name="token" autocomplete="off" required />
      </label>
      <button class="button main" type="submit">
        Run {retry} with it
      </button>
      <span class="quiet">
        It replaces {token.value ? 'the token of this tab' : 'nothing'} until the tab is closed.
      </span>
    </form>
  );
}

function History() {
  const { answer } = useAnswer('history', (signal) => ask<PastRun[]>('jobs/history', { limit: '30' }, signal), 15_000);
  const columns: Column<PastRun>[] = [
    { name: 'started', cell: ({ last }) => dateTime(Date.parse(last.started)) },
    { name: 'job', cell: ({ name }) => name },
    { name: 'took', number: true, cell: ({ last }) => took(last.took_ms) },
    { name: 'rows', number: true, cell: ({ last }) => count(last.rows) },
    { name: 'segments', number: true, cell: ({ last }) => count(last.segments) },
    { name: 'outcome', cell: ({ last }) => last.outcome },
  ];
  return (
    <details>
      <summary>The last runs</summary>
      <Table caption="The last runs" columns={columns} rows={answer ?? []} empty="Nothing has run yet." />
    </details>
  );
}
