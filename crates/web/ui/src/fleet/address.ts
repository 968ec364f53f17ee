/** Where the first message goes, and commands that send it. */

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
