/** The tables that SQL can ask, for completion and for the list beside the editor. */

const ROLLUP = [
  'service',
  'time',
  'count',
  ...['cpu', 'ram', 'disk'].flatMap((of) => ['avg', 'min', 'max', 'max_at'].map((part) => `${of}_${part}`)),
];

/** Used until the daemon has said which columns there are. */
export const TABLES: Record<string, string[]> = {
  minute: ROLLUP,
  hour: ROLLUP,
  day: ROLLUP,
  month: ROLLUP,
  year: ROLLUP,
  messages: [
    'service',
    'instance',
    'time',
    'received',
    'cpu',
    'ram',
    'disk',
    'ram_total',
    'ram_free',
    'disk_total',
    'disk_free',
    'sender',
    'sequence',
    'extra',
  ],
  services: ['service', 'first_seen', 'last_seen', 'last_received', 'count'],
  ledger: [
    'time',
    'until',
    'source',
    'kind',
    'received',
    'accepted',
    'duplicate',
    'rejected',
    'shed',
    'kernel_dropped',
    'reasons',
  ],
  rejects: ['received', 'source', 'reason', 'bytes', 'text'],
  jobs: ['name', 'schedule', 'running', 'next_run', 'last_started', 'last_duration_ms', 'last_outcome'],
};

export const MEANINGS: Record<string, string> = {
  minute: 'rollups, one row per service and minute',
  hour: 'rollups by hour',
  day: 'rollups by day',
  month: 'rollups by month',
  year: 'rollups by year',
  messages: 'every accepted message',
  services: 'every service ever seen',
  ledger: 'what became of what arrived',
  rejects: 'refused messages',
  jobs: 'what runs by the clock',
};

/** Of DataFusion's, those that are wanted with these tables. */
export const FUNCTIONS = [
  'abs',
  'approx_percentile_cont',
  'array_agg',
  'avg',
  'ceil',
  'coalesce',
  'concat',
  'corr',
  'count',
  'date_bin',
  'date_part',
  'date_trunc',
  'extract',
  'first_value',
  'floor',
  'greatest',
  'lag',
  'last_value',
  'lead',
  'least',
  'length',
  'lower',
  'max',
  'median',
  'min',
  'now',
  'nullif',
  'rank',
  'regexp_like',
  'round',
  'row_number',
  'split_part',
  'starts_with',
  'stddev',
  'substr',
  'sum',
  'to_char',
  'to_timestamp',
  'upper',
  'var',
];

export const EXAMPLES: ReadonlyArray<{ name: string; sql: string }> = [
  {
    name: 'Busiest services of the last hour',
    sql: `SELECT service, sum(count) AS messages, max(cpu_max) AS cpu_peak, max(ram_max) AS ram_peak
FROM minute
WHERE time >= now() - INTERVAL '1 hour'
GROUP BY service
ORDER BY cpu_peak DESC
LIMIT 20`,
  },
  {
    name: 'Mean CPU of the fleet by minute',
    sql: `SELECT time, sum(cpu_avg * count) / sum(count) AS cpu, sum(count) AS messages
FROM minute
WHERE time >= now() - INTERVAL '6 hours'
GROUP BY time
ORDER BY time`,
  },
  {
    name: 'Services that have been silent',
    sql: `SELECT service, last_received, count
FROM services
WHERE last_received < now() - INTERVAL '5 minutes'
ORDER BY last_received DESC`,
  },
  {
    name: 'What was refused, by minute',
    sql: `SELECT time, source, received, accepted, rejected, reasons
FROM ledger
WHERE kind = 'counts' AND rejected > 0
ORDER BY time DESC
LIMIT 100`,
  },
  {
    name: 'The newest messages',
    sql: `SELECT time, service, instance, cpu, ram, disk
FROM messages
WHERE time >= now() - INTERVAL '5 minutes'
ORDER BY time DESC
LIMIT 200`,
  },
];
