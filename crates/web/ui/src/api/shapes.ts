/** What the API answers with, as far as the page reads it; see /api/v1/openapi.json. Times are RFC 3339 in UTC. */

export interface Series {
  avg: number;
  min: number;
  max: number;
  max_at: string;
}

export const METRICS = ['cpu', 'ram', 'disk'] as const;
export type Metric = (typeof METRICS)[number];
export const METRIC_NAMES: Record<Metric, string> = { cpu: 'CPU', ram: 'RAM', disk: 'Disk' };

export interface Measured extends Record<Metric, Series> {
  count: number;
}

export interface Row extends Measured {
  service: string;
  bucket?: string;
}

export interface Coverage {
  received: number;
  accepted: number;
  duplicate: number;
  rejected: number;
  shed: number;
  kernel_dropped: number | null;
  unknown_minutes: number;
  damaged: { journal: string; segment: number; from: string; to: string }[];
}

export type Watermark = Record<string, number> | null;

export interface Answer {
  asked: { from: string; to: string };
  from: string;
  to: string;
  every?: string;
  watermark: Watermark;
  coverage: Coverage;
  warnings: string[];
  rows: Row[];
}

export interface Service {
  service: string;
  first_seen: string;
  last_seen: string;
  last_received: string;
  count: number;
}

export interface Minute extends Measured {
  time: string;
}

export interface LastMessage extends Record<Metric, number> {
  time: string;
  received: string;
}

export interface ServiceNow {
  last: LastMessage | null;
  minute: Minute | null;
  previous: Minute | null;
}

/** The event `services`: those that changed since the one before; those of a snapshot are all. */
export interface Latest {
  /** Null while there are no answers. */
  minute: string | null;
  complete: boolean;
  snapshot: boolean;
  services: Record<string, ServiceNow>;
}

export interface JournalPulse {
  /** 0: nothing is published. */
  watermark: number;
  unpublished: number;
  segments: number;
}

/** The event `status`. */
export interface Pulse {
  at: string;
  ready: boolean;
  /** Why services are not brought up to date. */
  problem: string | null;
  received: number;
  accepted: number;
  duplicate: number;
  rejected: number;
  shed: number;
  shedding: { since: string; reason: string } | null;
  kernel_dropped: number | null;
  received_per_s: number;
  accepted_per_s: number;
  /** Of the oldest message that is not in the batch views yet. */
  lag_ms: number | null;
  segments: number;
  generations: number;
  cells: number;
  cells_max: number;
  journals: Record<string, JournalPulse>;
  running: string[];
}

export interface LastRun {
  started: string;
  took_ms: number;
  outcome: string;
  rows: number;
  segments: number;
  expired: number;
}

export interface Job {
  name: string;
  schedule: string;
  next: string | null;
  last: LastRun | null;
  running: boolean;
  failures: number;
}

export interface PastRun {
  name: string;
  last: LastRun;
}

export interface Task {
  name: string;
  running: boolean;
  restarts: number;
  last_error: string | null;
}

export interface JournalStart {
  opened: { clean: boolean; last_sign: string | null; gap_ms: number; torn_bytes: number } | null;
  replayed: { segments: number; messages: number; damaged: number } | null;
}

export interface Start {
  process: string;
  pid: number;
  version: string;
  started: string;
  clean: boolean | null;
  ready_after_ms: number | null;
  stopped: string | null;
  journals: Record<string, JournalStart>;
  views: string | null;
  rebuilt_messages: number | null;
  orphans_removed: number;
  quarantined: string[];
  reconciled: string[];
}

export interface Status {
  ready: boolean;
  received: number;
  accepted: number;
  duplicate: number;
  rejected: Record<string, number>;
  shed: number;
  shedding: { since: string; reason: string } | null;
  kernel_dropped: number | null;
  in_flight: number;
  /** Where messages arrive; null where another process collects. */
  udp?: string | null;
  postgres?: string | null;
  watermark: Watermark;
  segments: number;
  generations: number;
  cells: number;
  cells_max: number;
  receive_buffer_bytes: number;
  durability: string;
  uptime_s: number;
  version: string;
  jobs: Job[];
  tasks: Task[];
  recovery: Start[];
}

export interface LedgerMinute {
  kind?: undefined;
  minute: string;
  source: string;
  received: number;
  accepted: number;
  duplicate: number;
  rejected: Record<string, number>;
  shed: number;
  kernel_dropped: number | null;
}

export interface LedgerGap {
  kind: 'gap';
  source: string;
  from: string;
  to: string;
  clean: boolean;
}

export interface LedgerDamage {
  kind: 'damage';
  source: string;
  from: string;
  to: string;
  journal: string;
  segment: number;
}

export type LedgerLine = LedgerMinute | LedgerGap | LedgerDamage;

export interface Rejected {
  reason: string;
  received_at: string;
  source: string;
  detail: string;
  bytes: string;
}
