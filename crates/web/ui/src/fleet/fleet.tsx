/** Every service a tile, the worst first. */

import { useEffect } from 'preact/hooks';
import { useAnswer } from '../api/load';
import { known, names } from '../api/live';
import { DRAWN_MAX } from '../compare/choice';
import { link, parameter } from '../core/place';
import { Arrivals } from './arrivals';
import { Controls } from './controls';
import { GROUPINGS, type Group, type Grouping, byPrefix, grouped, instances } from './groups';
import { Grid } from './grid';
import { keys } from './keys';
import { held, shown, watchOrder } from './order';
import { SHOWN, type Shown, type Standing } from './state';
import { Picked, pressed } from './picking';
import { Welcome } from './welcome';

export function Fleet() {
  useEffect(watchOrder, []);
  if (!known.value) return <Bones />;
  if (names.value.length === 0) return <Welcome />;
  const grouping = GROUPINGS.find((of) => of === parameter('group')) ?? 'none';
  return (
    <>
      <h1 class="hidden">Fleet</h1>
      <Controls />
      <Arrivals />
      <div
        onPointerEnter={() => (held.value = true)}
        onPointerLeave={() => (held.value = false)}
        onFocusIn={() => (held.value = true)}
        onFocusOut={() => (held.value = false)}
        onKeyDown={keys}
        onClick={pressed}
      >
        <Tiles grouping={grouping} />
      </div>
      <Picked />
    </>
  );
}

function Tiles({ grouping }: { grouping: Grouping }) {
  const services = shown.value;
  if (services.length === 0) return <p class="quiet">No service fits. Clear the filter to see all of them.</p>;
  if (grouping === 'none') return <Grid services={services} metric={metricNamed()} />;
  return grouping === 'prefix' ? (
    <Groups services={services} headings={byPrefix(names.value)} />
  ) : (
    <ByInstance services={services} />
  );
}

function ByInstance({ services }: { services: Standing[] }) {
  const { answer, problem } = useAnswer('instances', instances, 60_000);
  if (problem) return <p role="alert">Instances are not known: {problem}</p>;
  if (!answer) return <Bones />;
  return <Groups services={services} headings={(name) => answer.get(name) ?? ['nothing in the last hour']} />;
}

function Groups({ services, headings }: { services: Standing[]; headings: (name: string) => string[] }) {
  return (
    <>
      {grouped(services, headings).map((group) => (
        <section key={group.name} class="group" aria-label={group.name}>
          <h2>
            {group.name} <span class="quiet">{group.services.length}</span>
            <Comparing group={group} />
          </h2>
          <Grid services={group.services} metric={metricNamed()} />
        </section>
      ))}
    </>
  );
}

/** The way from a group to its lines over each other. */
function Comparing({ group: { name, services } }: { group: Group }) {
  if (services.length < 2) return null;
  const some = services.slice(0, DRAWN_MAX).map((of) => of.name);
  const words = some.length < services.length ? `compare the first ${some.length}` : 'compare';
  return (
    <a href={link('/compare', { service: some })} aria-label={`${words}: ${name}`}>
      {words}
    </a>
  );
}

function metricNamed(): Shown {
  return SHOWN.find((of) => of === parameter('metric')) ?? 'cpu';
}

function Bones() {
  return (
    <div class="tiles" role="status" aria-label="Loading the fleet">
      {Array.from({ length: 12 }, (_, at) => (
        <div key={at} class="tile bones">
          <div class="bone" style={{ height: '1.2rem', width: `${50 + ((at * 17) % 35)}%` }} />
          <div class="bone" />
          <div class="bone" style={{ height: '1.6rem', alignSelf: 'end' }} />
        </div>
      ))}
    </div>
  );
}
