// A large fleet: how soon it is there and what is sent for it, the browser having been started before; and how smoothly
// it scrolls, which is the time between frames while a wheel turns, from one end to the other and back.
// Argument: the daemon's HTTP address.

import { Tab, browser, firstView, until } from './harness.mjs';

const [http] = process.argv.slice(2);
const SECONDS = 8;
const FRAME = 1000 / 60;

const chromium = await browser();
try {
  const base = `http://${http}`;
  // once for what a browser does only at its start
  await firstView(chromium, base);
  for (let view = 0; view < 3; view++) {
    const { took, bytes, charts, chartBytes } = await firstView(chromium, base, true);
    process.stdout.write(
      `tiles after ${took} ms, ${bytes} bytes; all charts on the screen after ${charts} ms, ${chartBytes} bytes\n`,
    );
  }
  const tab = await Tab.open(chromium, base);
  await tab.go('/');
  const services = await until('a large fleet', async () => {
    const many = (await tab.page.$$('.tile[data-service]')).length;
    return many >= 1000 && many;
  });
  const frames = await tab.page.evaluate(scroll, SECONDS);
  const sorted = [...frames].sort((one, other) => one - other);
  const at = (share) => sorted[Math.floor(share * (sorted.length - 1))].toFixed(1);
  const late = frames.filter((length) => length > FRAME * 1.5).length;
  const each = frames.reduce((sum, length) => sum + length, 0) / frames.length;
  process.stdout.write(
    `${services} services, ${frames.length} frames in ${SECONDS} s: ${(1000 / each).toFixed(1)} a second; ` +
      `half within ${at(0.5)} ms, 95 % within ${at(0.95)} ms, the longest ${at(1)} ms; ${late} came late\n`,
  );
} finally {
  await chromium.close();
}

/** In the page: 1,800 pixels a second, and how long each frame took. */
function scroll(seconds) {
  return new Promise((done) => {
    const lengths = [];
    const began = performance.now();
    let last = began;
    let direction = 1;
    const step = (now) => {
      lengths.push(now - last);
      const before = scrollY;
      scrollBy(0, direction * 1.8 * (now - last));
      if (scrollY === before && lengths.length > 2) direction = -direction;
      last = now;
      if (now - began < seconds * 1000) requestAnimationFrame(step);
      else done(lengths.slice(2));
    };
    requestAnimationFrame(step);
  });
}
