/** The rows as files. */

import { useSignal } from '@preact/signals';
import { type Rows, file } from '../api/sql';
import { Icon } from '../parts/icons';
import { csv, json } from './result';

export function Export({ rows, asked }: { rows: Rows; asked: string }) {
  // where the page holds a part only, the file is the daemon's
  const all = async () => (rows.cut ? file(asked) : new Blob([csv(rows)], { type: 'text/csv' }));
  const shown = async () => new Blob([json(rows)], { type: 'application/json' });
  return (
    <div class="row">
      <Save name="vitals.csv" label={rows.cut ? 'CSV of all rows' : 'CSV'} make={all} />
      <Save name="vitals.json" label="JSON" make={shown} />
    </div>
  );
}

function Save({ name, label, make }: { name: string; label: string; make: () => Promise<Blob> }) {
  const problem = useSignal<string | null>(null);
  const save = async () => {
    problem.value = null;
    try {
      const address = URL.createObjectURL(await make());
      Object.assign(document.createElement('a'), { href: address, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error);
    }
  };
  return (
    <>
      <button class="button" type="button" onClick={() => void save()} aria-label={`Save as ${label}`}>
        <Icon name="out" />
        {label}
      </button>
      {problem.value && <span role="alert">{problem.value}</span>}
    </>
  );
}
