/** A table of any length: only the rows in sight are in the document, and a screen reader is told how many there are. */

import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

export interface Column<T> {
  name: string;
  cell: (row: T, at: number) => ComponentChildren;
  number?: boolean;
  wrap?: boolean;
  /** The whole text of what may be cut off. */
  title?: (row: T) => string;
}

const ROW = 30;
const SPARE = 12;
/** So few are all written. */
const ALL = 120;

/** Which rows are in sight of so many. */
export function inSight(many: number, top: number, high: number): { from: number; to: number } {
  if (many <= ALL) return { from: 0, to: many };
  const from = Math.max(0, Math.floor(top / ROW) - SPARE);
  return { from: Math.min(from, many), to: Math.min(many, Math.ceil((top + high) / ROW) + SPARE) };
}

interface Props<T> {
  caption: string;
  columns: Column<T>[];
  rows: T[];
  empty?: string;
}

export function Table<T>({ caption, columns, rows, empty }: Props<T>) {
  const frame = useRef<HTMLDivElement>(null);
  const sight = useSignal(inSight(rows.length, 0, 600));
  const look = () => {
    const on = frame.current;
    if (!on) return;
    const next = inSight(rows.length, on.scrollTop, on.clientHeight || 600);
    const before = sight.peek();
    if (next.from !== before.from || next.to !== before.to) sight.value = next;
  };
  useEffect(look, [rows]);
  const { from, to } = sight.value;
  const shown = rows.slice(from, to);
  return (
    // the frame scrolls, so it must be reachable without a mouse
    <div class="table" ref={frame} onScroll={look} tabIndex={0} role="region" aria-label={caption}>
      <table aria-rowcount={rows.length + 1}>
        <caption>{caption}</caption>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column, position) => (
              <th key={position} scope="col" class={column.number ? 'number' : ''} title={column.title && column.name}>
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Space rows={from} columns={columns.length} />
          {shown.map((row, at) => (
            <tr key={from + at} aria-rowindex={from + at + 2}>
              {columns.map((column, position) =>
                position === 0 ? (
                  <th key={position} scope="row" class={column.number ? 'number' : ''} title={column.title?.(row)}>
                    {column.cell(row, from + at)}
                  </th>
                ) : (
                  <td
                    key={position}
                    class={column.number ? 'number' : column.wrap ? 'wrap' : ''}
                    title={column.title?.(row)}
                  >
                    {column.cell(row, from + at)}
                  </td>
                ),
              )}
            </tr>
          ))}
          <Space rows={Math.max(0, rows.length - to)} columns={columns.length} />
          {rows.length === 0 && (
            <tr>
              <td colSpan={columns.length} class="quiet">
                {empty ?? 'Nothing here.'}
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}

function Space({ rows, columns }: { rows: number; columns: number }) {
  if (rows <= 0) return null;
  return (
    <tr class="space" aria-hidden="true">
      <td colSpan={columns} style={{ height: `${rows * ROW}px` }} />
    </tr>
  );
}
