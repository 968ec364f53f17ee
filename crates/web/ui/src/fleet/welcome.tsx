/** Nobody has sent anything yet. The first message changes this page by itself. */

import { status } from '../api/live';
import { Command } from '../parts/command';
import { Icon } from '../parts/icons';

/** Where messages arrive, as a sender on the reader's machine would say it. */
export function udpAddress(listening: string | null | undefined, host: string): { host: string; port: string } {
  const found = /^\[?(.*?)\]?:(\d+)$/.exec(listening ?? '');
  const [address, port] = [found?.[1] ?? '0.0.0.0', found?.[2] ?? '3500'];
  const anywhere = address === '0.0.0.0' || address === '::';
  return { host: anywhere ? host.replace(/^\[|\]$/g, '') : address, port };
}

/** Host and port in one; the address of a newer network stands in brackets. */
function at(host: string, port: string): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

export function commands(host: string, port: string): { of: string; text: string }[] {
  const message = `{"serviceName":"hello","Timestamp":TIME,"CPU":0.42,"RAM":{"Total":8,"Free":5},"Disk":{"Total":64,"Free":40}}`;
  const bash = message.replaceAll('"', '\\"').replace('TIME', '$(date +%s)');
  const python = `{"serviceName": "hello", "Timestamp": int(time.time()), "CPU": 0.42, "RAM": {"Total": 8, "Free": 5}, "Disk": {"Total": 64, "Free": 40}}`;
  return [
    { of: 'Send one message', text: `vitals send --to ${at(host, port)} --service hello --cpu 0.42` },
    { of: 'With nothing but a shell', text: `echo "${bash}" > /dev/udp/${host}/${port}` },
    {
      of: 'From Python',
      text: `python3 -c 'import json, socket, time; socket.socket(socket.AF_INET${host.includes(':') ? '6' : ''}, socket.SOCK_DGRAM).sendto(json.dumps(${python}).encode(), ("${host}", ${port}))'`,
    },
    { of: 'Watch a machine', text: `vitals agent --to ${at(host, port)}` },
  ];
}

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
