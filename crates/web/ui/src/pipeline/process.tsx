/** The tasks of the process and what is left to say of it. */

import type { Status, Task } from '../api/shapes';
import { count } from '../core/text';
import { type Column, Table } from '../parts/table';

const COLUMNS: Column<Task>[] = [
  { name: 'task', cell: (task) => task.name },
  {
    name: 'state',
    cell: (task) => (
      <span class="badge" data-tone={task.running ? 'ok' : 'bad'}>
        {task.running ? 'running' : 'died, starts again'}
      </span>
    ),
  },
  { name: 'restarts', number: true, cell: (task) => count(task.restarts) },
  { name: 'last error', cell: (task) => task.last_error ?? '–', wrap: true },
];

export function Process({ status }: { status: Status }) {
  return (
    <section class="card editor" aria-labelledby="process">
      <header>
        <h2 id="process">Process</h2>
        <span class="quiet">
          receive buffer {count(Math.round(status.receive_buffer_bytes / 1024))} KiB
          {status.postgres && `, SQL for other programs at ${status.postgres}`}
        </span>
      </header>
      <Table caption="Tasks of the process" columns={COLUMNS} rows={status.tasks} />
    </section>
  );
}
