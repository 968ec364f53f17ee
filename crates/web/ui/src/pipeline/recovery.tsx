/** What the last start found, and what it did about it. */

import type { Start } from '../api/shapes';
import { count, dateTime, took } from '../core/text';
import { Icon, type IconName } from '../parts/icons';

interface Finding {
  icon: IconName;
  tone: 'ok' | 'warn' | 'bad';
  text: string;
}

export function Recovery({ starts }: { starts: Start[] }) {
  return (
    <section class="card editor" aria-labelledby="recovery">
      <header>
        <h2 id="recovery">Last start</h2>
      </header>
      {starts.map((start) => (
        <div key={`${start.process} ${start.pid}`} class="editor">
          <p class="quiet">
            {start.process}, process {start.pid}, version {start.version}, started {dateTime(Date.parse(start.started))}
            , {start.ready_after_ms === null ? 'not ready yet' : `ready after ${took(start.ready_after_ms)}`}
          </p>
          <ul class="report">
            {findings(start).map(({ icon, tone, text }) => (
              <li key={text} style={{ color: `var(--${tone})` }}>
                <Icon name={icon} />
                <span style={{ color: 'var(--ink)' }}>{text}</span>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}

export function findings(start: Start): Finding[] {
  const found: Finding[] = [];
  const fine = (text: string) => found.push({ icon: 'check', tone: 'ok', text });
  const warn = (text: string) => found.push({ icon: 'high', tone: 'warn', text });
  if (start.clean === null) fine('The first start on record here.');
  else if (start.clean) fine('The process before stopped in order.');
  else warn('The process before ended without stopping in order.');
  for (const [journal, { opened, replayed }] of Object.entries(start.journals)) {
    if (opened && opened.torn_bytes > 0)
      warn(`Journal ${journal}: ${count(opened.torn_bytes)} torn bytes at its end were cut.`);
    if (opened && !opened.clean)
      warn(`Journal ${journal} had not been closed; ${took(opened.gap_ms)} since its last sign of life.`);
    if (replayed && replayed.damaged > 0) {
      found.push({
        icon: 'silent',
        tone: 'bad',
        text: `Journal ${journal}: ${count(replayed.damaged)} damaged segments.`,
      });
    }
    if (replayed && replayed.messages > 0) {
      fine(
        `Journal ${journal}: ${count(replayed.messages)} messages of ${count(replayed.segments)} segments read again.`,
      );
    }
  }
  if (start.views === 'sound') fine('The views are sound.');
  if (start.views === 'new') fine('The views were new.');
  if (start.views === 'missing') warn('The views were missing or damaged and had to be built anew.');
  if (start.rebuilt_messages !== null) fine(`Views built anew from ${count(start.rebuilt_messages)} messages.`);
  if (start.orphans_removed > 0) fine(`${count(start.orphans_removed)} left-over files removed.`);
  for (const file of start.quarantined) found.push({ icon: 'silent', tone: 'bad', text: `In quarantine: ${file}` });
  for (const text of start.reconciled) warn(text);
  return found;
}
