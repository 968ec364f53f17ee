// The page in a real browser against a real daemon. Started by tests/tests/page.rs, which does what is asked for on
// standard output; standard input is its answers. Arguments: the daemon's HTTP and UDP addresses.
//
// With TEST_VITALS_SHOTS=FOLDER each view is also kept as a picture, in each size and theme.

import { Tab, browser, check, firstView, please } from './harness.mjs';
import { arrival, lost, replaced, told, tokens } from './states.mjs';
import { comparing, drilling, looks, numbers, querying, singly } from './views.mjs';

const [http, udp] = process.argv.slice(2);
const base = `http://${http}`;

/** The best of three, as this machine does other things too. */
async function bestView(chromium) {
  const views = [await firstView(chromium, base), await firstView(chromium, base), await firstView(chromium, base)];
  views.forEach(({ bytes }) => check(bytes < 300_000, `the first view took ${bytes} bytes`));
  return views.sort((one, other) => one.took - other.took)[0];
}

async function step(name, work) {
  const began = Date.now();
  const found = await work().catch((error) => {
    error.message = `${name}: ${error.message}`;
    throw error;
  });
  process.stderr.write(
    `${name}: ${((Date.now() - began) / 1000).toFixed(1)} s${found ? ` ${JSON.stringify(found)}` : ''}\n`,
  );
  return found;
}

const chromium = await browser();
try {
  const tab = await Tab.open(chromium, base);
  await step('arrival', () => arrival(tab, udp));
  await please('seed');
  const first = await step('first view', () => bestView(chromium));
  await step('looks', () => looks(tab));
  await step('numbers', () => numbers(tab));
  await step('drilling', () => drilling(tab));
  await step('comparing', () => comparing(tab));
  await step('singly', () => singly(tab));
  await step('querying', () => querying(tab));
  await step('told', () => told(chromium, base));
  await step('lost', () => lost(tab));
  const guarded = JSON.parse(await please('guard'));
  await step('replaced', () => replaced(chromium, base, guarded));
  const other = await Tab.open(chromium, `http://${guarded.http}`);
  await step('tokens', () => tokens(other, guarded));
  check(first.took < 1000, `the first view took ${first.took} ms`);
  process.stdout.write(`done ${JSON.stringify(first)}\n`);
} finally {
  await chromium.close();
}
// standard input would keep it waiting
process.exit(0);
