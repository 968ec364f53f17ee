/** What stands in place of a view, or above it, when not all is well. */

import { connection, heardAt, known, now, pulse, signIn, status } from './api/live';
import { keepToken } from './api/token';
import { count, dateTime, duration } from './core/text';
import { Icon, type IconName } from './parts/icons';
import { rebuilding } from './rebuilding';
import type { ComponentChildren } from 'preact';

/** In place of a view that has nothing to show; null where it has. */
export function instead(view: string): ComponentChildren {
  const of = connection.value;
  if (of.state === 'unauthorized') return <SignIn refused={of.refused} />;
  if (of.state === 'preparing' && !(view === '/pipeline' && status.value)) return <Preparing problem={of.problem} />;
  if (of.state === 'broken' && !known.value) {
    return (
      <Panel icon="silent" tone="bad" title="The daemon answers with an error">
        <p>{of.problem}</p>
        <p class="quiet">The page tries again by itself. The daemon's log says more; so does vitals status.</p>
      </Panel>
    );
  }
  if (of.state === 'stale' && !known.value) {
    return (
      <Panel icon="plug" tone="warn" title="The daemon cannot be reached">
        <p>Nothing answers at {location.host}. The page tries again by itself, every few seconds.</p>
      </Panel>
    );
  }
  return null;
}

/** Above a view that still shows something. */
export function Banners() {
  return (
    <>
      <Stale />
      <Unwell />
    </>
  );
}

function Stale() {
  const of = connection.value;
  if (of.state !== 'stale' && of.state !== 'broken') return null;
  if (!known.value) return null;
  const since = of.state === 'stale' ? of.since : heardAt.value;
  return (
    <div class="banner" role="alert">
      <Icon name="plug" />
      <p>
        <b>No connection for {duration(now.value - since)}.</b> What you see is from {dateTime(since)}; the page tries
        again by itself. {of.state === 'broken' && of.problem}
      </p>
    </div>
  );
}

/** Something of the process is not as it should be. */
function Unwell() {
  const beat = pulse.value;
  if (!beat || connection.value.state !== 'live') return null;
  const dead = status.value?.tasks.find((task) => !task.running);
  return (
    <>
      {beat.shedding && (
        <div class="banner" data-tone="bad" role="alert">
          <Icon name="silent" />
          <p>
            <b>Messages are being lost.</b> The disk has taken no writes since{' '}
            {dateTime(Date.parse(beat.shedding.since))}: {beat.shedding.reason}. {count(beat.shed)} lost so far.
          </p>
        </div>
      )}
      {dead && (
        <div class="banner" data-tone="bad" role="alert">
          <Icon name="silent" />
          <p>
            <b>“{dead.name}” has died</b> and is started again: {dead.last_error ?? 'for an unknown reason'}
          </p>
        </div>
      )}
    </>
  );
}

function Preparing({ problem }: { problem: string }) {
  const progress = rebuilding(problem);
  const received = pulse.value?.received;
  return (
    <Panel icon="gear" tone="warn" title={progress ? 'The views are being built anew' : 'Not ready yet'}>
      {progress ? (
        <>
          <p>
            {count(progress.done)} of {count(progress.total)} files are done. Answers come when all are; until then
            there are none, rather than half of one.
          </p>
          <progress max={Math.max(progress.total, 1)} value={progress.done} aria-label="Files done" />
        </>
      ) : (
        <p>{problem}</p>
      )}
      <p class="quiet" role="status">
        Collecting goes on{received !== undefined && `: ${count(received)} messages received since the start`}. This
        page continues by itself.
      </p>
    </Panel>
  );
}

function SignIn({ refused }: { refused: boolean }) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget as HTMLFormElement).get('token')).trim();
    if (text) signIn(text);
  };
  return (
    <Panel icon="key" tone={refused ? 'bad' : 'none'} title="A token is wanted">
      <p>
        This daemon shows its data to who has a token. Give the read token, or the operate token to run jobs too. It is
        kept until this tab is closed, and nowhere else.
      </p>
      <form onSubmit={submit}>
        <label class="hidden" for="token">
          Token
        </label>
        <input
          class="field"
          id="token"
          name="token"
          type="password"
          autocomplete="current-password"
          aria-describedby="token-problem"
          aria-invalid={refused}
          required
        />
        <button class="button main" type="submit">
          Show the fleet
        </button>
      </form>
      <p id="token-problem" role="alert">
        {refused && 'Nobody has this token. Check the file that tokens.read_file names on the daemon’s machine.'}
      </p>
    </Panel>
  );
}

export function signOut(): void {
  keepToken(null);
}

interface PanelProps {
  icon: IconName;
  tone: string;
  title: string;
  children: ComponentChildren;
}

function Panel({ icon, tone, title, children }: PanelProps) {
  return (
    <section class="panel" data-tone={tone} aria-labelledby="state">
      <Icon name={icon} class="signet" />
      <h1 id="state">{title}</h1>
      {children}
    </section>
  );
}
