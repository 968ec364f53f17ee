/** The frame: where one can go, whether what is shown is live, and the view. */

import { useEffect } from 'preact/hooks';
import { connection, heardAt, now } from './api/live';
import { token } from './api/token';
import { type View, change, link, parameter, place } from './core/place';
import { duration, zone } from './core/text';
import { Compare } from './compare/compare';
import { Fleet } from './fleet/fleet';
import { Icon, type IconName } from './parts/icons';
import { type Choice, choice, choose } from './parts/theme';
import { Pipeline } from './pipeline/pipeline';
import { Query } from './query/query';
import { Service } from './service/service';
import { Banners, instead, signOut } from './states';

const NAMES: Record<View, string> = {
  '/': 'Fleet',
  '/service': 'Service',
  '/compare': 'Compare',
  '/pipeline': 'Pipeline',
  '/query': 'Query',
};

export function App() {
  const { view } = place.value;
  const service = parameter('name');
  useEffect(() => {
    document.title = `${view === '/service' && service ? service : NAMES[view]} · Vitals`;
  }, [view, service]);
  return (
    <>
      <a class="skip" href="#main">
        To the content
      </a>
      <Top view={view} />
      <main id="main" tabIndex={-1}>
        {instead(view) ?? (
          <>
            <Banners />
            <Shown view={view} />
          </>
        )}
      </main>
    </>
  );
}

function Shown({ view }: { view: View }) {
  if (view === '/service') return <Service />;
  if (view === '/compare') return <Compare />;
  if (view === '/pipeline') return <Pipeline />;
  return view === '/query' ? <Query /> : <Fleet />;
}

function Top({ view }: { view: View }) {
  return (
    <header class="top">
      <a class="brand" href={link('/')} aria-label="Vitals, to the fleet">
        <Mark />
        Vitals
      </a>
      <nav class="views" aria-label="Views">
        {(['/', '/compare', '/pipeline', '/query'] as const).map((to) => (
          <a
            key={to}
            href={link(to)}
            aria-current={to === view ? 'page' : to === '/' && view === '/service' ? 'true' : undefined}
          >
            {NAMES[to]}
          </a>
        ))}
      </nav>
      <div class="tools">
        <Pulse />
        <button
          class="button"
          type="button"
          onClick={() => change({ tz: zone.value === 'utc' ? 'local' : null })}
          aria-label={`Times are shown in ${zone.value === 'utc' ? 'UTC' : 'local time'}; change`}
        >
          {zone.value === 'utc' ? 'UTC' : 'Local'}
        </button>
        <Theme />
        {token.value !== null && (
          <button class="button icon" type="button" onClick={signOut} aria-label="Forget the token">
            <Icon name="key" />
          </button>
        )}
      </div>
    </header>
  );
}

const WORDS = {
  loading: 'connecting',
  live: 'live',
  stale: 'no connection',
  preparing: 'not ready',
  unauthorized: 'token wanted',
  broken: 'error',
};

function Pulse() {
  const { state } = connection.value;
  const quiet = now.value - heardAt.value;
  return (
    <span class="pulse" data-state={state} role="status">
      {WORDS[state]}
      {state === 'live' && quiet > 5000 && `, ${duration(quiet)} ago`}
    </span>
  );
}

const NEXT: Record<Choice, Choice> = { system: 'light', light: 'dark', dark: 'system' };
const FACES: Record<Choice, IconName> = { system: 'system', light: 'sun', dark: 'moon' };

function Theme() {
  const of = choice.value;
  return (
    <button
      class="button icon"
      type="button"
      onClick={() => choose(NEXT[of])}
      aria-label={`Colours: ${of}; change to ${NEXT[of]}`}
    >
      <Icon name={FACES[of]} />
    </button>
  );
}

function Mark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#0f766e" />
      <path
        d="M4 17h6l3-9 5 17 4-12 2 4h4"
        fill="none"
        stroke="#fff"
        stroke-width="2.6"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
