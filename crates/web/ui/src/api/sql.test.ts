import { expect, test } from 'vitest';
import { written } from './exact';
import { closed, quoted } from './sql';

const HEAD = '{"watermark":{},"columns":[{"name":"a","type":"text"}],"rows":[';

test('an answer that was cut off holds its whole rows', () => {
  expect(closed(`${HEAD}["x",1],["y",2],["z`).rows).toEqual([
    ['x', 1],
    ['y', 2],
  ]);
});

test('a text that looks like the end of a row is none', () => {
  expect(closed(`${HEAD}["x"],["y"],["[[1],[2]`).rows).toEqual([['x'], ['y']]);
});

test('an answer that was cut off keeps all digits', () => {
  expect(written(closed(`${HEAD}[9007199254740993],[9007`).rows)).toBe('[[9007199254740993]]');
});

test('without a whole row there is nothing to show', () => {
  expect(() => closed(`${HEAD}["xxxx`)).toThrow('longer than a page can hold');
});

test('names are texts in statements', () => expect(quoted("o'neill")).toBe("'o''neill'"));
