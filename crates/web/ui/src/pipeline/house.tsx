/** The way of a message, as a picture in which each room says how it stands. */

import type { ComponentChildren } from 'preact';
import { sum } from '../api/ledger';
import { names, now } from '../api/live';
import type { Status } from '../api/shapes';
import { ago, count, duration, percent, short } from '../core/text';
import { receiving, rejecting } from './rates';

export function House({ status }: { status: Status }) {
  const moving = (receiving.value ?? 0) > 0;
  return (
    <section class="card" aria-labelledby="house">
      <header>
        <h2 id="house">The way of a message</h2>
        <span class="quiet">
          running for {duration(status.uptime_s * 1000)}, version {status.version}
        </span>
      </header>
      <div class="house">
        <Room name="Services">
          <Big value={count(names.value.length)} unit="known" />
          <p class="quiet">UDP {status.udp ?? 'of another process'}</p>
        </Room>
        <Flow moving={moving} />
        <Collector status={status} />
        <Flow moving={moving} />
        <Journal status={status} />
        <Flow moving={moving} />
        <div class="floors">
          <Speed status={status} />
          <Batch status={status} />
        </div>
        <Flow moving={false} />
        <Room name="Answers" tone={status.ready ? 'ok' : 'warn'}>
          <Big value={status.ready ? 'ready' : 'not yet'} />
          <p class="quiet">both sides in one cut: each message once</p>
        </Room>
      </div>
    </section>
  );
}

function Collector({ status }: { status: Status }) {
  const refused = sum(status.rejected);
  const dropped = status.kernel_dropped;
  const lost = status.shed > 0 || (dropped ?? 0) > 0;
  return (
    <Room name="Collector" tone={status.shedding ? 'bad' : lost ? 'warn' : 'ok'}>
      <Big value={perSecond(receiving.value)} unit="messages/s" />
      <p class="quiet">
        {count(status.accepted)} accepted, {count(refused)} rejected
        {(rejecting.value ?? 0) > 0 && ` (${perSecond(rejecting.value)}/s)`}
      </p>
      <p class="quiet">
        dropped by the kernel: {dropped === null ? 'not known' : count(dropped)}; shed: {count(status.shed)}
      </p>
    </Room>
  );
}

function Journal({ status }: { status: Status }) {
  return (
    <Room name="Journal">
      <Big value={count(status.segments)} unit={status.segments === 1 ? 'segment' : 'segments'} />
      <p class="quiet">on disk; synced: {status.durability}</p>
      <p class="quiet">{count(status.in_flight)} messages on their way to it</p>
    </Room>
  );
}

function Speed({ status }: { status: Status }) {
  const full = status.cells / status.cells_max;
  return (
    <Room name="Speed: realtime views" tone={full >= 0.5 ? 'warn' : 'ok'}>
      <Big value={count(status.generations)} unit={status.generations === 1 ? 'generation' : 'generations'} />
      <p class="quiet">
        {short(status.cells)} cells, {percent(full)} of what memory is set aside for
      </p>
    </Room>
  );
}

function Batch({ status }: { status: Status }) {
  const job = status.jobs.find((job) => job.name === 'batch');
  const published = Object.entries(status.watermark ?? {});
  const failing = (job?.failures ?? 0) > 0;
  return (
    <Room name="Batch: master dataset and views" tone={failing ? 'bad' : 'ok'}>
      <Big value={job?.last ? ago(Date.parse(job.last.started), now.value) : 'not yet'} unit="published" />
      <p class="quiet">
        {published.length > 0
          ? `watermark: ${published.map(([journal, segment]) => `${journal} up to segment ${segment}`).join(', ')}`
          : 'nothing is published yet'}
      </p>
    </Room>
  );
}

function perSecond(of: number | null): string {
  return of === null ? '…' : of >= 100 || of === 0 ? short(Math.round(of)) : of.toFixed(1);
}

function Room({ name, tone = 'ok', children }: { name: string; tone?: string; children: ComponentChildren }) {
  return (
    <div class="room" data-tone={tone} data-room={name.split(':')[0]}>
      <h3>{name}</h3>
      {children}
    </div>
  );
}

function Big({ value, unit }: { value: string; unit?: string }) {
  return (
    <p class="big">
      {value} {unit && <small>{unit}</small>}
    </p>
  );
}

function Flow({ moving }: { moving: boolean }) {
  return (
    <div class={moving ? 'flow moving' : 'flow'} aria-hidden="true">
      <i />
    </div>
  );
}
