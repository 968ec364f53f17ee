/** The way of a message, as a picture in which each room says how it stands. */

import type { ComponentChildren } from 'preact';
import { names, now, rate } from '../api/live';
import type { Pulse, Status } from '../api/shapes';
import { ago, count, counted, duration, percent, short } from '../core/text';

interface Props {
  status: Status;
  pulse: Pulse;
}

export function House({ status, pulse }: Props) {
  const moving = (rate.value ?? pulse.received_per_s) > 0;
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
        <Collector pulse={pulse} />
        <Flow moving={moving} />
        <Journal status={status} pulse={pulse} />
        <Flow moving={moving} />
        <div class="floors">
          <Speed pulse={pulse} />
          <Batch status={status} pulse={pulse} />
        </div>
        <Flow moving={false} />
        <Room name="Answers" tone={pulse.ready ? 'ok' : 'warn'}>
          <Big value={pulse.ready ? 'ready' : 'not yet'} />
          <p class="quiet">both sides in one cut: each message once</p>
        </Room>
      </div>
    </section>
  );
}

function Collector({ pulse }: { pulse: Pulse }) {
  const dropped = pulse.kernel_dropped;
  const lost = pulse.shed > 0 || (dropped ?? 0) > 0;
  return (
    <Room name="Collector" tone={pulse.shedding ? 'bad' : lost ? 'warn' : 'ok'}>
      <Big value={perSecond(rate.value ?? pulse.received_per_s)} unit="messages/s" />
      <p class="quiet">
        {count(pulse.accepted)} accepted, {count(pulse.rejected)} rejected since the start
      </p>
      <p class="quiet">
        dropped by the kernel: {dropped === null ? 'not known' : count(dropped)}; shed: {count(pulse.shed)}
      </p>
    </Room>
  );
}

function Journal({ status, pulse }: Props) {
  return (
    <Room name="Journal">
      <Big value={count(pulse.segments)} unit={pulse.segments === 1 ? 'segment' : 'segments'} />
      <p class="quiet">on disk; synced: {status.durability}</p>
      {Object.entries(pulse.journals).map(([name, journal]) => (
        <p key={name} class="quiet">
          {name}: {counted(journal.unpublished, 'segment')} not published yet
          {pulse.lag_ms === null && journal.unpublished > 0 && ', without messages'}
        </p>
      ))}
    </Room>
  );
}

function Speed({ pulse }: { pulse: Pulse }) {
  const full = pulse.cells / pulse.cells_max;
  return (
    <Room name="Speed: realtime views" tone={full >= 0.5 ? 'warn' : 'ok'}>
      <Big value={count(pulse.generations)} unit={pulse.generations === 1 ? 'generation' : 'generations'} />
      <p class="quiet">
        {short(pulse.cells)} cells, {percent(full)} of the room for them
      </p>
    </Room>
  );
}

function Batch({ status, pulse }: Props) {
  const job = status.jobs.find((job) => job.name === 'batch');
  const failing = (job?.failures ?? 0) > 0;
  const marks = Object.entries(pulse.journals).filter(([, { watermark }]) => watermark > 0);
  return (
    <Room name="Batch: master dataset and views" tone={failing ? 'bad' : 'ok'}>
      <Big
        value={pulse.lag_ms === null ? 'level' : duration(pulse.lag_ms)}
        unit={pulse.lag_ms === null ? 'all published' : 'behind'}
      />
      <p class="quiet">
        {job?.last ? `last run ${ago(Date.parse(job.last.started), now.value)}; ` : ''}
        {marks.length > 0
          ? `watermark: ${marks.map(([name, { watermark }]) => `${name} up to segment ${watermark}`).join(', ')}`
          : 'nothing is published yet'}
      </p>
    </Room>
  );
}

function perSecond(of: number): string {
  return of >= 100 || of === 0 ? short(Math.round(of)) : of.toFixed(1);
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
