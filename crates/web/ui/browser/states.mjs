// What the page says when not all is well, and that it goes on by itself when all is well again.

import { createSocket } from 'node:dgram';
import { createServer, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { Tab, check, equal, please, until } from './harness.mjs';

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
    // its clock is slow, which makes no service late
    Timestamp: Date.now() - 8 * 60_000,
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
  equal(
    await tab.page.$eval('.tile[data-service="hello"]', (tile) => tile.dataset.state),
    'up',
    'a service with a slow clock',
  );
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

/** Another daemon answers at the same address: what the page shows is what that one has. */
export async function replaced(chromium, base, { http, read }) {
  let to = base;
  const server = createServer((asked, answer) => {
    const { accept, 'content-type': type = 'application/json' } = asked.headers;
    const headers = { accept, 'content-type': type, authorization: `Bearer ${read}` };
    const passed = request(`${to}${asked.url}`, { method: asked.method, headers, agent: false }, (found) => {
      answer.writeHead(found.statusCode, found.headers);
      found.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy());
    asked.pipe(passed);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const tab = await Tab.open(chromium, `http://127.0.0.1:${server.address().port}`);
  await tab.go('/');
  await tab.page.waitForSelector('.tile[data-service]');
  to = `http://${http}`;
  server.closeAllConnections();
  await tab.sees('Waiting for the first message');
  await tab.page.close();
  server.closeAllConnections();
  server.close();
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
 * States that pass too quickly to be looked at, or that no test should bring about: everything comes from the daemon but
 * the one answer that says so.
 */
export async function told(chromium, base) {
  const pulse = await firstPulse(base);
  const rebuilding = 'views_rebuilding: 3 of 17 files are folded; collecting goes on, ask again later';
  const full = 'no space left on device';
  const dead = { name: 'running jobs', running: false, restarts: 3, last_error: full, last_death: null };
  const cases = {
    loading: { words: 'connecting', pulse: null, sign: '[aria-label="Loading the fleet"] .bone' },
    rebuilding: { words: 'The views are being built anew', pulse: { ...pulse, ready: false, problem: rebuilding } },
    starting: { words: 'Not ready yet', pulse: { ...pulse, ready: false, problem: 'recovery is going on' } },
    shedding: {
      words: 'Messages are being lost',
      pulse: { ...pulse, shed: 12, shedding: { since: pulse.at, reason: full } },
    },
    dead: { words: 'has died', pulse, task: dead },
    broken: { words: 'The daemon answers with an error' },
  };
  for (const [name, of] of Object.entries(cases)) {
    const { server, address } = await between(base, of);
    const tab = await Tab.open(chromium, address);
    await tab.go('/');
    await tab.sees(of.words);
    if (of.sign) await tab.page.waitForSelector(of.sign);
    await tab.inspect(name);
    for (const theme of ['light', 'dark']) {
      await tab.theme(theme);
      await tab.shot(`${name}-1280-${theme}`);
    }
    await tab.page.close();
    server.closeAllConnections();
    server.close();
  }
}

/** A server that passes everything on to the daemon, and tells of its state what a case says; null is not a word. */
async function between(base, { pulse, task }) {
  const server = createServer((asked, answer) => {
    const { pathname } = new URL(asked.url, base);
    if (pathname === '/api/v1/live' && pulse === null) return answer.flushHeaders();
    if (pathname === '/api/v1/live') return pulse ? beat(answer, pulse) : fail(answer);
    const passed = request(`${base}${asked.url}`, { method: asked.method, agent: false }, async (found) => {
      if (pathname !== '/api/v1/status' || !task) {
        answer.writeHead(found.statusCode, found.headers);
        return found.pipe(answer);
      }
      const status = await json(found);
      answer.writeHead(200, { 'content-type': 'application/json' });
      return answer.end(JSON.stringify({ ...status, tasks: [...status.tasks, task] }));
    });
    asked.pipe(passed);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return { server, address: `http://127.0.0.1:${server.address().port}` };
}

function beat(answer, pulse) {
  answer.writeHead(200, { 'content-type': 'text/event-stream' });
  const services = { at: pulse.at, minute: null, complete: true, snapshot: true, services: {} };
  answer.write(`event: services\ndata: ${JSON.stringify(services)}\n\n`);
  const tell = () => answer.write(`event: status\ndata: ${JSON.stringify(pulse)}\n\n`);
  tell();
  const timer = setInterval(tell, 500);
  answer.on('close', () => clearInterval(timer));
}

function fail(answer) {
  const message = 'the Delta log has gone back; see vitals status';
  answer.writeHead(500, { 'content-type': 'application/json' });
  answer.end(JSON.stringify({ error: { code: 'internal', message } }));
}

/** What the daemon says of itself on its stream. */
async function firstPulse(base) {
  const stop = new AbortController();
  const response = await fetch(`${base}/api/v1/live`, { signal: stop.signal });
  let text = '';
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    text += piece;
    const found = /event: ?status\n(?:(?!data).*\n)*data: ?(.*)\n/.exec(text);
    if (found) {
      stop.abort();
      return JSON.parse(found[1]);
    }
  }
  throw new Error(`no status in ${text}`);
}
