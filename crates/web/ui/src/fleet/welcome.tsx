/** Nobody has sent anything yet. The first message changes this page by itself. */

import { pulse, status } from '../api/live';
import { count } from '../core/text';
import { Command } from '../parts/command';
import { Icon } from '../parts/icons';
import { commands, udpAddress } from './address';

export function Welcome() {
  const beat = pulse.value;
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
        Listening…{' '}
        {beat && beat.rejected > 0
          ? `${count(beat.rejected)} messages came and were refused: the pipeline shows why.`
          : 'nothing has arrived so far.'}
      </p>
    </section>
  );
}
