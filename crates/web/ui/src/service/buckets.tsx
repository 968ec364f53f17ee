/** The charts in numbers. */

import { METRICS, METRIC_NAMES, type Measured } from '../api/shapes';
import { bucketName, count, dateTime, percent } from '../core/text';
import { type Column, Table } from '../parts/table';
import type { Columns } from '../chart/series';
import { bucketLength, bucketWords } from '../core/bucket';

interface Line {
  at: number;
  row: Measured | null;
}

export function Buckets({ columns, service, words }: { columns: Columns; service: string; words: string }) {
  const lines = columns.at.map((at, index): Line => ({ at, row: columns.rows[index] ?? null })).reverse();
  const shown: Column<Line>[] = [
    { name: bucketWords(columns.every), cell: ({ at }) => bucketName(columns.every, at) },
    { name: 'messages', number: true, cell: ({ row }) => count(row?.count ?? 0) },
    ...METRICS.flatMap((metric): Column<Line>[] => {
      const name = METRIC_NAMES[metric];
      return [
        { name: `${name} mean`, number: true, cell: ({ row }) => percent(row?.[metric].avg) },
        { name: `${name} min`, number: true, cell: ({ row }) => percent(row?.[metric].min) },
        { name: `${name} peak`, number: true, cell: ({ row }) => percent(row?.[metric].max) },
        { name: `${name} peak at`, cell: ({ row }) => (row ? dateTime(Date.parse(row[metric].max_at)) : '') },
      ];
    }),
  ];
  return (
    <section class="card" aria-label="Table">
      <header>
        <h2>In numbers</h2>
        <span class="quiet">the newest first</span>
      </header>
      <Table
        caption={`${service}, ${words}, one row for ${bucketLength(columns.every)}`}
        columns={shown}
        rows={lines}
      />
    </section>
  );
}
