/** The rows as files. */

import type { Rows } from '../api/sql';
import { Icon } from '../parts/icons';
import { csv, json } from './result';

export function Export({ rows }: { rows: Rows }) {
  return (
    <div class="row">
      <Save name="vitals.csv" type="text/csv" label="CSV" make={() => csv(rows)} />
      <Save name="vitals.json" type="application/json" label="JSON" make={() => json(rows)} />
    </div>
  );
}

function Save({ name, type, label, make }: { name: string; type: string; label: string; make: () => string }) {
  const save = () => {
    const address = URL.createObjectURL(new Blob([make()], { type }));
    const anchor = Object.assign(document.createElement('a'), { href: address, download: name });
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  };
  return (
    <button class="button" type="button" onClick={save} aria-label={`Save as ${label}`}>
      <Icon name="out" />
      {label}
    </button>
  );
}
