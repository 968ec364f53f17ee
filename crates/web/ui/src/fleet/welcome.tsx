/** Nobody has sent anything yet. The first message changes this page by itself. */

import { status } from '../api/live';
import { Command } from '../parts/command';
import { Icon } from '../parts/icons';
import { commands, udpAddress } from './address';

export function Welcome() {
  const { host, port } = udpAddress(status.value?.udp, location.hostname);
  return (
    <section class="panel" aria-labelledby="welcome">
      <Icon name="plug" class="signet" />
      <h1 id="welcome">Waiting for the first message</h1>
      <p>
        This store is empty. Services send their health as JSON over UDP to{' '}
        <b>
          {host}, port {port}
        </b>
        . As soon as a message arrives, this page shows it.
      </p>
      {commands(host, port).map(({ of, text }) => (
        <div key={of} class="editor">
          <h2>{of}</h2>
          <Command of={of} text={text} />
        </div>
      ))}
      <p class="quiet" role="status">
        Listening… {status.value ? `${status.value.received} messages received so far` : ''}
        {status.value && Object.keys(status.value.rejected).length > 0 && (
          <>, of which some were refused: {Object.keys(status.value.rejected).join(', ')} (see vitals rejects)</>
        )}
        .
      </p>
    </section>
  );
}
