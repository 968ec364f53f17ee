// Each view in both themes and at the narrowest and widest screen: what it shows is what the API answers, axe finds
// nothing serious, and nothing lies beside the screen.

import { api, check, equal, until } from './harness.mjs';

const percent = (share) => `${(share * 100).toFixed(1)} %`;
const count = (of) => of.toLocaleString('en');
const time = (at) => at.slice(0, 19).replace('T', ' ');

/** The seeded day, eleven days back; what was sent for it is all published. */
const FROM = Math.floor(Date.now() / 86_400_000 - 11) * 86_400_000;
const dateOf = (at) => new Date(at).toISOString().slice(0, 10);
const DATE = dateOf(FROM);
const DAY = `from=${DATE}&to=${dateOf(FROM + 86_400_000)}`;
const YEAR = Number(DATE.slice(0, 4));
/** Which day of its year it is, from 0 on. */
const DAY_OF_YEAR = (FROM - Date.UTC(YEAR, 0)) / 86_400_000;

const VIEWS = {
  fleet: '/',
  service: `/service?name=service-3&${DAY}&compare=day,week&table=1`,
  compare: `/compare?service=service-1&service=service-2&service=service-3&${DAY}&sort=peak`,
  heard: '/?metric=heard&pick=1&service=service-2&group=prefix&sort=name',
  pipeline: '/pipeline',
  query:
    '/query?q=' +
    encodeURIComponent("SELECT time, cpu_avg, ram_avg FROM hour WHERE service = 'service-3' ORDER BY time"),
};

export async function looks(tab) {
  for (const theme of ['light', 'dark']) {
    await tab.theme(theme);
    for (const [name, address] of Object.entries(VIEWS)) {
      await tab.size(1280);
      await tab.go(address);
      await settled(tab, name);
      for (const width of [1280, 390, 2560]) {
        await tab.size(width);
        await tab.inspect(`${name} at ${width}, ${theme}`);
        await tab.shot(`${name}-${width}-${theme}`);
      }
      tab.calm(name);
    }
  }
  await tab.theme('light');
  await tab.size(1280);
}

const SIGNS = {
  fleet: '.tile[data-service] + *, .tile[data-service]',
  service: '[data-summary="cpu"]',
  compare: '[data-legend="disk"] td.number',
  heard: '.group .heardday path[d^="M"]',
  pipeline: '[data-sums]',
  query: '.results td',
};

async function settled(tab, name) {
  await tab.page.waitForSelector(SIGNS[name], { timeout: 15_000 });
  await until('no skeletons', async () => (await tab.page.$$('.bone')).length === 0);
}

/** In the page: words that stand in elements of their own, with spaces between. */
function spaced(element) {
  return element.innerText.replace(/\s+/g, ' ').trim();
}

export async function numbers(tab) {
  await tab.go(`/service?name=service-3&${DAY}&table=1&every=minute`);
  await settled(tab, 'service');
  const { rows } = await api(tab.base, `summary?${DAY}&service=service-3`);
  const answer = await api(tab.base, `series?${DAY}&service=service-3&every=minute`);
  for (const metric of ['cpu', 'ram', 'disk']) {
    const { avg, min, max, max_at } = rows[0][metric];
    const expected = `mean ${percent(avg)} · lowest ${percent(min)} · peak ${percent(max)} at ${time(max_at)}`;
    equal(await tab.text(`[data-summary="${metric}"]`), expected, `the summary of ${metric}`);
  }
  equal(
    await tab.text('[data-summary="messages"]'),
    `${count(rows[0].count)} in this range, by their own time`,
    'messages',
  );
  // nobody listened on that day: what was not heard is not known, and never silence
  const unknown = 1440 - answer.rows.length;
  const heard = `this range 100 % ${Math.floor(unknown / 60)} h ${unknown % 60} min not known`;
  equal(await tab.page.$eval('[data-heard="this range"]', spaced), heard, 'minutes that were heard');
  // the newest first
  const last = answer.rows.at(-1);
  const cells = await tab.page.$$eval(
    '[aria-label="Table"] tbody tr',
    (lines, name) => {
      const line = lines.find((line) => line.firstChild.textContent === name);
      return line && [...line.children].map((cell) => cell.textContent);
    },
    time(last.bucket).slice(0, 16),
  );
  const shares = ['cpu', 'ram', 'disk'].flatMap((metric) => {
    const { avg, min, max, max_at } = last[metric];
    return [percent(avg), percent(min), percent(max), time(max_at)];
  });
  equal(cells, [time(last.bucket).slice(0, 16), count(last.count), ...shares], 'a row of the table');

  await tab.go(`/pipeline?last=6h`);
  await settled(tab, 'pipeline');
  const lines = (await api(tab.base, 'ledger?last=6h')).filter((line) => !line.kind);
  const received = lines.reduce((sum, line) => sum + line.received, 0);
  await until('the sum of the ledger', async () => (await tab.text('[data-sums] dd')) === count(received));
  // both may move between two looks
  await until('the rooms to say what the status says', async () => {
    const { accepted, segments, generations, journals } = await api(tab.base, 'status');
    const marks = journals.filter(({ watermark }) => watermark > 0);
    const rooms = (await tab.texts('.house .room')).join(' ');
    return [
      `${count(accepted)} accepted`,
      `${count(segments)} segment`,
      `${count(generations)} generation`,
      ...journals.map(
        ({ name, unpublished }) =>
          `${name}: ${count(unpublished)} segment${unpublished === 1 ? '' : 's'} not published yet`,
      ),
      ...marks.map(({ name, watermark }) => `${name} up to segment ${watermark}`),
    ].every((words) => rooms.includes(words));
  });

  await tab.go('/query?q=' + encodeURIComponent('SELECT service, count FROM services ORDER BY service'));
  await settled(tab, 'query');
  const services = await api(tab.base, 'services');
  const shown = await tab.page.$$eval('.results tbody tr', (rows) =>
    rows.map((row) => [...row.children].map((cell) => cell.textContent)),
  );
  equal(
    shown,
    services.map((of) => [of.service, String(of.count)]).sort(([one], [other]) => (one < other ? -1 : 1)),
    'services by SQL',
  );
  tab.calm('the numbers');
}

/** From the fleet into a service, deeper by keyboard and mouse, and back with the browser's own means. */
export async function drilling(tab) {
  await tab.go('/');
  await settled(tab, 'fleet');
  await tab.page.focus('.tile');
  await tab.page.keyboard.press('ArrowRight');
  const focused = await tab.page.evaluate(() => document.activeElement.dataset.service);
  check(focused, 'an arrow key leads to the next tile');
  await tab.page.keyboard.press('/');
  await tab.page.keyboard.type('service-3');
  await until('one tile', async () => (await tab.texts('.tile .name')).join() === 'service-3');
  check(new URL(tab.page.url()).searchParams.get('q') === 'service-3', 'the filter is in the address');
  await tab.page.click('.tile');
  await settled(tab, 'service');
  equal(await tab.text('h1'), 'service-3', 'the heading');

  await tab.go(`/service?name=service-3&from=${YEAR}-01-01&to=${YEAR + 1}-01-01`);
  await settled(tab, 'service');
  equal(await buckets(tab), 'day', 'a year is shown by the day');
  await tab.page.focus('[role="slider"]');
  await tab.page.keyboard.press('Home');
  for (let step = 0; step < Math.floor(DAY_OF_YEAR / 10); step++) await chord(tab, 'Shift', 'ArrowRight');
  for (let step = 0; step < DAY_OF_YEAR % 10; step++) await tab.page.keyboard.press('ArrowRight');
  const told = await tab.page.$eval('[role="slider"]', (slider) => slider.getAttribute('aria-valuetext'));
  check(told.startsWith(DATE), `the cursor stands at ${told}, not ${DATE}`);
  await tab.page.keyboard.press('Enter');
  await until('the day in the address', () => tab.page.url().includes(`from=${DATE}T00`));
  await until('5 minutes, which fit the chart', async () => (await buckets(tab)) === '5m');
  await settled(tab, 'service');

  const over = await tab.page.$('.u-over');
  await over.scrollIntoView();
  const { x, y, width } = await over.boundingBox();
  await tab.page.mouse.move(x + width * 0.25, y + 50);
  await tab.page.mouse.down();
  await tab.page.mouse.move(x + width * 0.5, y + 50, { steps: 5 });
  await tab.page.mouse.up();
  await until('a zoom by mouse', () => new RegExp(`from=${DATE}T0[567]`).test(tab.page.url()));
  const deep = tab.page.url();
  await tab.page.goBack();
  await until('the day again', () => tab.page.url() !== deep && tab.page.url().includes(`from=${DATE}T00`));
  await tab.page.goBack();
  await until('the year again', () => tab.page.url().includes(`to=${YEAR + 1}-01-01`));
  await until('days', async () => (await buckets(tab)) === 'day');
  tab.calm('drilling');
}

function buckets(tab) {
  return tab.page.$eval('[data-buckets]', (select) => select.value);
}

/** Tiles chosen by key and by pointer, their lines over each other, and the way back. */
export async function comparing(tab) {
  await tab.go('/?sort=name');
  await settled(tab, 'fleet');
  await tab.page.focus('.tile[data-service="service-1"]');
  await tab.page.keyboard.press('c');
  await tab.page.waitForSelector('[aria-label="Compare service-1"]:checked');
  await tab.page.click('.tile[data-service="service-3"]');
  await tab.page.waitForSelector('[aria-label="Compare service-3"]:checked');
  await tab.click('Compare 2', 'link');
  await tab.sees('2 services compared');
  await tab.go(`/compare?service=service-1&service=service-3&${DAY}`);
  await settled(tab, 'compare');
  const { rows } = await api(tab.base, `summary?${DAY}&service=service-1&service=service-3`);
  const told = ({ service, cpu: { avg, min, max, max_at } }) =>
    [service, percent(avg), percent(min), percent(max), time(max_at).slice(11), ''].join(' ');
  equal(await legend(tab), rows.map(told), 'the numbers beside the lines');
  await tab.click('peak');
  const highest = [...rows].sort((one, other) => other.cpu.max - one.cpu.max);
  await until('the highest first', async () => (await legend(tab)).join() === highest.map(told).join());
  check(new URL(tab.page.url()).searchParams.get('sort') === 'peak', 'the order is in the address');
  await tab.click('Take service-3 away');
  await until('one line', async () => (await legend(tab)).length === 1);
  tab.calm('comparing');
}

function legend(tab) {
  return tab.page.$$eval('[data-legend="cpu"] tbody tr', (rows) =>
    rows.map((row) => [...row.children].map((cell) => cell.textContent.trim()).join(' ')),
  );
}

/** The newest minutes, message by message. */
export async function singly(tab) {
  await tab.go('/service?name=service-3&last=15m&every=message');
  await tab.page.waitForSelector('[data-summary="messages"]');
  const sql = "SELECT count(*) FROM messages WHERE service = 'service-3' AND time > now() - interval '15 minutes'";
  const answer = await fetch(`${tab.base}/api/v1/sql`, { method: 'POST', body: sql });
  const [[many]] = (await answer.json()).rows;
  check(many > 0, 'the fleet has sent just now');
  const lines = await tab.page.$$eval('[aria-label="Single messages"] tbody tr', (all) => all.length);
  equal(lines, many, 'single messages');
  tab.calm('single messages');
}

async function chord(tab, held, key) {
  await tab.page.keyboard.down(held);
  await tab.page.keyboard.press(key);
  await tab.page.keyboard.up(held);
}

/** A statement by hand, with completion, its chart and its errors. */
export async function querying(tab) {
  await tab.go('/query');
  await (await tab.page.waitForSelector('.example')).click();

  await tab.sees('rows in');
  await tab.page.waitForSelector('[data-editor]');
  const editor = await tab.page.waitForSelector('>>> .cm-content');
  await editor.click();
  await chord(tab, 'Control', 'a');
  await tab.page.keyboard.type('SELECT time FROM minu');
  // the tables may come from the daemon just now, which closes what is offered
  await until('completion', async () => {
    await chord(tab, 'Control', ' ');
    return tab.page.waitForSelector('>>> .cm-tooltip-autocomplete', { timeout: 1000 }).catch(() => null);
  });
  await tab.page.keyboard.press('Escape');
  await chord(tab, 'Control', 'a');
  // over a selection of several lines: what the browser would write there, the security policy refuses
  await tab.page.keyboard.type("SELECT time, cpu_avg FROM hour WHERE service = 'service-3");
  await chord(tab, 'Control', 'Enter');
  await until('a chart', async () => (await tab.texts('button')).includes('Chart'));
  check(new URL(tab.page.url()).searchParams.get('q').includes('cpu_avg'), 'the statement is in the address');
  await tab.click('Chart');
  await tab.page.waitForSelector('.results .u-over');
  tab.calm('querying');
  await tab.go('/query?q=' + encodeURIComponent('SELECT nothing FROM nowhere'));
  await tab.sees('nowhere');
  await tab.page.waitForSelector('[role="alert"]');
  tab.forgive();
}
