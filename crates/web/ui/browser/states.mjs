// What the page says when not all is well, and that it goes on by itself when all is well again.

import { createSocket } from 'node:dgram';
import { check, please, until } from './harness.mjs';

/** Nothing is there, then something comes. */
export async function arrival(tab, udp) {
  await tab.go('/');
  await tab.sees('Waiting for the first message');
  const [host, port] = udp.split(':');
  await tab.sees(`port ${port}`);
  await tab.inspect('the empty store');
  await tab.shot('empty-1280-light');
  await tab.size(390);
  await tab.fits('the empty store at 390');
  await tab.shot('empty-390-light');
  await tab.size(1280);
  const message = {
    serviceName: 'hello',
    Timestamp: Date.now(),
    CPU: 0.42,
    RAM: { Total: 8, Free: 5 },
    Disk: { Total: 64, Free: 40 },
  };
  const began = Date.now();
  const socket = createSocket('udp4');
  await new Promise((sent) => socket.send(JSON.stringify(message), Number(port), host, sent));
  socket.close();
  await tab.page.waitForSelector('.tile[data-service="hello"]', { timeout: 15_000 });
  const shown = Date.now() - began;
  await until('its CPU', async () => (await tab.text('.tile[data-service="hello"] [data-metric="cpu"] dd')) === '42 %');
  tab.calm('the first message');
  return shown;
}

/** The daemon goes away and comes back. */
export async function lost(tab) {
  await tab.go('/');
  await tab.page.waitForSelector('.tile');
  await tab.sees('live');
  await please('stop');
  await tab.sees('No connection for');
  const tiles = (await tab.page.$$('.tile')).length;
  check(tiles > 0, 'what was seen last stays');
  await tab.inspect('the fleet without a daemon');
  await tab.shot('stale-1280-light');
  // a page that was opened now has nothing to show
  await please('start');
  await until('live again', async () => (await tab.text('.pulse')) === 'live');
  check(!(await tab.page.$('.banner')), 'nothing is complained of any more');
  tab.forgive();
}

/** The daemon wants tokens. */
export async function tokens(tab, { read, operate }) {
  await tab.go('/');
  await tab.sees('A token is wanted');
  await tab.inspect('the question for a token');
  await tab.shot('token-1280-light');
  await tab.page.type('#token', 'x'.repeat(64));
  await tab.page.keyboard.press('Enter');
  await tab.sees('Nobody has this token');
  await enter(tab, '#token', read);
  await tab.sees('live');
  check(
    !(await tab.page.evaluate((token) => document.documentElement.outerHTML.includes(token), read)),
    'a token is never shown',
  );
  await tab.go('/pipeline');
  await tab.click('Run batch now');
  await tab.sees('this token may only read');
  await enter(tab, 'input[name="token"]', operate);
  await tab.sees('batch: ok');
  await tab.click('Forget the token');
  await tab.sees('A token is wanted');
  tab.forgive();
}

async function enter(tab, selector, text) {
  const field = await tab.page.waitForSelector(selector);
  await field.click({ count: 3 });
  await tab.page.keyboard.type(text);
  await tab.page.keyboard.press('Enter');
}

/**
 * States that pass too quickly to be looked at, or that no test should bring about: the daemon's answers are real but
 * for the one that says so.
 */
export async function told(tab) {
  const pulse = await firstPulse(tab.base);
  const rebuilding = 'views_rebuilding: 3 of 17 files are folded; collecting goes on, ask again later';
  const dead = {
    name: 'running jobs',
    running: false,
    restarts: 3,
    last_error: 'no space left on device',
    last_death: null,
  };
  const cases = {
    rebuilding: { words: 'The views are being built anew', pulse: { ...pulse, ready: false, problem: rebuilding } },
    starting: {
      words: 'Not ready yet',
      pulse: { ...pulse, ready: false, problem: 'recovery is going on; ask again later' },
    },
    shedding: {
      words: 'Messages are being lost',
      pulse: { ...pulse, shed: 12, shedding: { since: pulse.at, reason: 'no space left on device' } },
    },
    dead: { words: 'has died', pulse, task: dead },
    broken: { words: 'The daemon answers with an error', status: 500 },
  };
  await tab.page.setRequestInterception(true);
  for (const [name, of] of Object.entries(cases)) {
    const answer = (request) => void intercept(request, of);
    tab.page.on('request', answer);
    await tab.go('/');
    await tab.sees(of.words);
    await tab.inspect(name);
    await tab.shot(`${name}-1280-light`);
    tab.page.off('request', answer);
  }
  await tab.page.setRequestInterception(false);
  await tab.go('/');
  await tab.page.waitForSelector('.tile');
  tab.forgive();
}

async function intercept(request, { pulse, task, status }) {
  const { pathname } = new URL(request.url());
  const json = { contentType: 'application/json' };
  if (pathname === '/api/v1/live' && status) {
    const body = JSON.stringify({
      error: { code: 'internal', message: 'the Delta log has gone back; see vitals status' },
    });
    return request.respond({ ...json, status, body });
  }
  if (pathname === '/api/v1/live') {
    const body = `event: status\ndata: ${JSON.stringify(pulse)}\n\n`;
    return request.respond({ contentType: 'text/event-stream', body });
  }
  if (pathname === '/api/v1/status' && task) {
    const real = await (await fetch(request.url())).json();
    return request.respond({ ...json, body: JSON.stringify({ ...real, tasks: [...real.tasks, task] }) });
  }
  return request.continue();
}

async function firstPulse(base) {
  const stop = new AbortController();
  const response = await fetch(`${base}/api/v1/live`, { signal: stop.signal });
  let text = '';
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    text += piece;
    const found =
      /event: ?status\n(?:.*\n)*?data: ?(.*)\n\n/.exec(text) ?? /event: ?status[^]*?data: ?(.*)\n/.exec(text);
    if (found) {
      stop.abort();
      return JSON.parse(found[1]);
    }
  }
  throw new Error(`no status in ${text}`);
}
