// What the browser's tests stand on: a browser, pages that tell of every error, and waiting for conditions.

import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import puppeteer from 'puppeteer-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PATIENCE = 15_000;

export function check(holds, what) {
  if (!holds) throw new Error(what);
}

export function equal(found, expected, what) {
  const [one, other] = [JSON.stringify(found), JSON.stringify(expected)];
  check(one === other, `${what}: found ${one}, expected ${other}`);
}

export async function until(what, condition, patience = PATIENCE) {
  const end = Date.now() + patience;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${patience / 1000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Whoever started this program does what is asked on a line of standard output, and answers with a line. */
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

export async function please(what) {
  process.stdout.write(`please ${what}\n`);
  const { value, done } = await answers.next();
  check(!done, `nobody does what is asked: ${what}`);
  return value;
}

function onPath(name) {
  const found = process.env.PATH.split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
  check(found, `there is no ${name} (Debian: chromium); install it, or name one in TEST_VITALS_CHROMIUM`);
  return found;
}

export async function browser() {
  return puppeteer.launch({
    executablePath: process.env.TEST_VITALS_CHROMIUM ?? onPath('chromium'),
    // pages of this machine alone are opened, and there is no sandbox for root
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--hide-scrollbars',
      '--force-color-profile=srgb',
    ],
  });
}

/** A page that collects what went wrong in it. */
export class Tab {
  errors = [];

  constructor(page, base) {
    this.page = page;
    this.base = base;
  }

  static async open(chromium, base) {
    const context = await chromium.createBrowserContext();
    const tab = new Tab(await context.newPage(), base);
    tab.page.on('console', (message) => {
      if (['error', 'warn'].includes(message.type())) tab.errors.push(message.text());
    });
    tab.page.on('pageerror', (error) => tab.errors.push(String(error)));
    await tab.size(1280);
    return tab;
  }

  async size(width) {
    await this.page.setViewport({ width, height: width < 600 ? 844 : width > 2000 ? 1440 : 900 });
  }

  async theme(value) {
    await this.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }]);
  }

  async go(address) {
    await this.page.goto(this.base + address, { waitUntil: 'domcontentloaded' });
  }

  text(selector) {
    return this.page.$eval(selector, (element) => element.textContent.replace(/\s+/g, ' ').trim()).catch(() => null);
  }

  texts(selector) {
    return this.page.$$eval(selector, (all) => all.map((element) => element.textContent.replace(/\s+/g, ' ').trim()));
  }

  async sees(words, patience) {
    await until(
      `“${words}” on the page`,
      () => this.page.evaluate((text) => document.body.innerText.replace(/\s+/g, ' ').includes(text), words),
      patience,
    ).catch(async (error) => {
      throw new Error(
        `${error.message}; it says: ${(await this.page.evaluate(() => document.body.innerText)).slice(0, 600)}`,
      );
    });
  }

  /** By the name that a screen reader says. */
  async click(name, role = 'button') {
    const found = await this.page.waitForSelector(`::-p-aria([name="${name}"][role="${role}"])`, { timeout: PATIENCE });
    await found.click();
  }

  /** Nothing serious for who cannot see, and nothing beside the screen. */
  async inspect(what) {
    await this.page.evaluate(AXE);
    const { violations } = await this.page.evaluate(() =>
      globalThis.axe.run(document, { resultTypes: ['violations'], rules: { 'color-contrast': { enabled: true } } }),
    );
    const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    const told = grave.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
    equal(told, [], `axe on ${what}`);
    await this.fits(what);
  }

  /** As soon as what is drawn has followed the size of the window. */
  async fits(what) {
    const over = () =>
      this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await until(`${what} to fit the screen`, async () => (await over()) <= 0, 2000);
  }

  async shot(name) {
    const folder = process.env.TEST_VITALS_SHOTS;
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: `${folder}/${name}.png` });
  }

  /** What went wrong since the last look. */
  calm(what) {
    equal(this.errors, [], `errors on ${what}`);
  }

  forgive() {
    this.errors = [];
  }
}

/** An answer of the API, asked beside the page. */
export async function api(base, path, token) {
  const response = await fetch(`${base}/api/v1/${path}`, {
    headers: token ? { authorization: `Bearer ${token}` } : {},
  });
  check(response.ok, `${path}: ${response.status}`);
  return response.json();
}

/**
 * From nothing in the browser: how long until there are tiles, in ms, and how much was sent for it; where `charts` are
 * waited for, also how long until each tile on the screen has its own.
 */
export async function firstView(chromium, base, charts = false) {
  const tab = await Tab.open(chromium, base);
  const client = await tab.page.createCDPSession();
  await client.send('Network.enable');
  let bytes = 0;
  client.on('Network.dataReceived', ({ encodedDataLength }) => (bytes += encodedDataLength));
  const began = performance.now();
  const since = () => Math.round(performance.now() - began);
  await tab.go('/');
  await tab.page.waitForSelector('.tile[data-service]');
  const view = { took: since(), bytes };
  if (charts) {
    await tab.page.waitForFunction(drawn, { polling: 20 });
    Object.assign(view, { charts: since(), chartBytes: bytes });
  }
  await tab.page.close();
  return view;
}

/** In the page: whether every tile on the screen has its small chart. */
function drawn() {
  const onScreen = (tile) => tile.getBoundingClientRect().top < innerHeight;
  const tiles = [...document.querySelectorAll('.tile[data-service]')].filter(onScreen);
  return tiles.length > 0 && tiles.every((tile) => tile.querySelector('.spark path[d^="M"]'));
}
