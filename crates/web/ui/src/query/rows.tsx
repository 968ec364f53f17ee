/** The result as a table. */

import type { Rows, Value } from '../api/sql';
import { type Column, Table } from '../parts/table';
import { kindOf, textOf } from './result';

export function ResultTable({ rows }: { rows: Rows }) {
  const columns = rows.columns.map(({ name }, at): Column<Value[]> => {
    const kind = kindOf(rows, at);
    const text = (row: Value[]) => textOf(row[at], kind);
    return { name, number: kind === 'number', cell: text, title: text };
  });
  return <Table caption="Result" columns={columns} rows={rows.rows} empty="No rows." />;
}
