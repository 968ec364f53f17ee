/** The result as a table. */

import type { Rows, Value } from '../api/sql';
import { type Column, Table } from '../parts/table';
import { kindOf, textOf } from './result';

export function ResultTable({ rows }: { rows: Rows }) {
  const columns = rows.columns.map(({ name }, at): Column<Value[]> => {
    const kind = kindOf(rows, at);
    return { name, number: kind === 'number', cell: (row) => textOf(row[at], kind) };
  });
  return <Table caption="Result" columns={columns} rows={rows.rows} empty="No rows." />;
}
