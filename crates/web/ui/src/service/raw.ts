/** Single messages, for ranges of some minutes: what lies below the finest bucket. */

import { type Value, ask, quoted } from '../api/sql';
import type { Metric } from '../api/shapes';
import type { Columns } from '../chart/series';
import { type Span, askedTime } from '../core/range';
import { instantOf } from '../query/result';

export interface Message extends Record<Metric, number> {
  time: string;
  at: number;
  received: number;
  instance: string | null;
  sender: string | null;
  sequence: number | null;
}

/** More are neither drawn nor listed; a chart is not wider. */
export const MESSAGES_MAX = 5_000;

/** The newest ones of the span, in the order of their time. */
export async function messagesOf(
  name: string,
  span: Span,
  signal: AbortSignal,
): Promise<{ rows: Message[]; cut: boolean }> {
  const text =
    'SELECT time, received, cpu, ram, disk, instance, sender, sequence FROM messages ' +
    `WHERE service = ${quoted(name)} AND time >= TIMESTAMP '${askedTime(span.from)}' ` +
    `AND time < TIMESTAMP '${askedTime(span.to)}' ORDER BY time DESC LIMIT ${MESSAGES_MAX + 1}`;
  const { rows } = await ask(text, signal);
  return { rows: rows.slice(0, MESSAGES_MAX).map(messageOf).reverse(), cut: rows.length > MESSAGES_MAX };
}

function messageOf([time, received, cpu, ram, disk, instance, sender, sequence]: Value[]): Message {
  return {
    time: String(time),
    at: instantOf(time ?? null),
    received: instantOf(received ?? null),
    cpu: Number(cpu),
    ram: Number(ram),
    disk: Number(disk),
    instance: instance === null ? null : String(instance),
    sender: sender === null ? null : String(sender),
    sequence: sequence === null ? null : Number(sequence),
  };
}

/** Each message a bucket of its own. */
export function asColumns(messages: Message[], span: Span): Columns {
  const rows = messages.map(({ time, cpu, ram, disk }) => {
    const alone = (of: number) => ({ avg: of, min: of, max: of, max_at: time });
    return { count: 1, cpu: alone(cpu), ram: alone(ram), disk: alone(disk) };
  });
  return { every: 'message', span, at: messages.map((of) => of.at), rows };
}
