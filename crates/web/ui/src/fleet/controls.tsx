/** Filter, order and grouping; each is in the address. */

import { useEffect, useRef } from 'preact/hooks';
import { METRICS, METRIC_NAMES } from '../api/shapes';
import { change, parameter } from '../core/place';
import { count } from '../core/text';
import { Icon } from '../parts/icons';
import { tally } from './groups';
import { orderNamed, shown, standings } from './order';
import { PickingButton } from './picking';
import { PATIENCES, STATE_WORDS, type State } from './state';

export function Controls() {
  return (
    <div class="controls">
      <div class="row spread">
        <States />
        <Search />
      </div>
      <div class="row">
        <Choice name="group" label="Group" usual="none" options={GROUPS} />
        <Choice name="sort" label="Order" usual="worst" options={SORTS} value={orderNamed(parameter('sort'))} />
        <Choice
          name="metric"
          label="Chart"
          usual="cpu"
          options={[
            ...METRICS.map((metric): [string, string] => [metric, METRIC_NAMES[metric]]),
            ['heard', 'heard, 24 h'],
          ]}
        />
        <Choice
          name="late"
          label="Late after"
          usual="1m"
          options={PATIENCES.map(({ value, label }) => [value, label])}
        />
        <PickingButton />
      </div>
    </div>
  );
}

const GROUPS: [string, string][] = [
  ['none', 'none'],
  ['prefix', 'by name'],
  ['instance', 'by instance'],
];

const SORTS: [string, string][] = [
  ['worst', 'worst first'],
  ['name', 'name'],
  ['cpu', 'CPU'],
  ['ram', 'RAM'],
  ['disk', 'disk'],
  ['seen', 'longest unseen'],
];

/** How many services are in each state; pressed, only those are shown. */
function States() {
  const chosen = parameter('state')?.split(',') ?? [];
  const toggle = (state: State) => {
    const next = chosen.includes(state) ? chosen.filter((of) => of !== state) : [...chosen, state];
    change({ state: next.join(',') || null });
  };
  const all = standings.value;
  return (
    <div class="row" role="group" aria-label="States">
      <span role="status">
        <b>{count(shown.value.length)}</b> {shown.value.length === all.length ? '' : `of ${count(all.length)} `}
        {all.length === 1 ? 'service' : 'services'}
      </span>
      {tally(all)
        .filter(({ state, many }) => many > 0 || chosen.includes(state))
        .map(({ state, many }) => (
          <button
            key={state}
            type="button"
            class="button chip"
            data-state={state}
            aria-pressed={chosen.includes(state)}
            onClick={() => toggle(state)}
          >
            <Icon name={state} class="state" />
            {count(many)} {STATE_WORDS[state]}
          </button>
        ))}
    </div>
  );
}

function Search() {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const slash = (event: KeyboardEvent) => {
      const typing = (event.target as Element).closest('input, textarea, select, [contenteditable]');
      if (event.key !== '/' || typing || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      input.current?.focus();
    };
    addEventListener('keydown', slash);
    return () => removeEventListener('keydown', slash);
  }, []);
  return (
    <label class="search">
      <span class="hidden">Filter by name; words, or a pattern with * and ?</span>
      <input
        ref={input}
        class="field"
        type="search"
        placeholder="Filter by name  ( / )"
        value={parameter('q') ?? ''}
        onInput={(event) => change({ q: event.currentTarget.value || null })}
        spellcheck={false}
        autocomplete="off"
      />
    </label>
  );
}

interface ChoiceProps {
  name: string;
  label: string;
  usual: string;
  options: [string, string][];
  value?: string;
}

function Choice({ name, label, usual, options, value }: ChoiceProps) {
  return (
    <label class="label">
      {label}
      <select
        class="field"
        value={value ?? parameter(name) ?? usual}
        onChange={(event) => {
          const chosen = event.currentTarget.value;
          change({ [name]: chosen === usual ? null : chosen });
        }}
      >
        {options.map(([of, words]) => (
          <option key={of} value={of}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}
