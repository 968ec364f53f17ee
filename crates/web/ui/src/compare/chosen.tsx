/** The services that are compared, and the ways to take in others. */

import { useSignal } from '@preact/signals';
import { known, names as all } from '../api/live';
import { byName, fits } from '../core/pattern';
import { link } from '../core/place';
import { count, visible } from '../core/text';
import { Icon } from '../parts/icons';
import { DRAWN_MAX, alike, beginnings, choose, toggle } from './choice';
import { Swatch } from './legend';

const SUGGESTED = 6;
const GROUPS = 24;
/** So many names are offered while one types. */
const OFFERED = 20;

export function Chosen({ names }: { names: string[] }) {
  const full = names.length >= DRAWN_MAX;
  const others = full ? [] : alike(names, [...all.value].sort(byName), SUGGESTED);
  return (
    <section class="editor" aria-label="Services that are compared">
      <ul class="row chosen">
        {names.map((name, place) => (
          <li key={name} class="badge">
            {place < DRAWN_MAX && <Swatch place={place} />}
            <span class="text" title={name}>
              {visible(name)}
            </span>
            <button type="button" onClick={() => toggle(name)} aria-label={`Take ${visible(name)} away`}>
              <Icon name="close" />
            </button>
          </li>
        ))}
        {!full && (
          <li>
            <Add names={names} />
          </li>
        )}
      </ul>
      {others.length > 0 && (
        <p class="row quiet">
          Alike:
          {others.map((name) => (
            <button
              key={name}
              type="button"
              class="textual"
              onClick={() => toggle(name)}
              aria-label={`Add ${visible(name)}`}
            >
              {visible(name)}
            </button>
          ))}
        </p>
      )}
      <Word names={names} />
    </section>
  );
}

function Word({ names }: { names: string[] }) {
  if (names.length === 0) {
    return (
      <>
        <p class="quiet">
          Name services above, or choose them in the <a href={link('/')}>fleet</a>: “Compare…” there lets you pick
          tiles.
        </p>
        <Groups />
      </>
    );
  }
  if (names.length <= DRAWN_MAX) return null;
  return (
    <p class="banner" role="status">
      <span>
        The first {DRAWN_MAX} of {count(names.length)} services are drawn, as more lines in one chart cannot be told
        apart. Take some away, or compare all of them by SQL.
      </span>
      <button type="button" class="button" onClick={() => choose(names.slice(0, DRAWN_MAX))}>
        Keep the first {DRAWN_MAX}
      </button>
    </p>
  );
}

/** Services whose names begin alike, to start with. */
function Groups() {
  const groups = beginnings(all.value).slice(0, GROUPS);
  if (groups.length === 0) return null;
  return (
    <nav class="card editor" aria-labelledby="groups">
      <h2 id="groups">Groups of services</h2>
      <ul class="row">
        {groups.map(({ name, services }) => (
          <li key={name}>
            <a class="button" href={link('/compare', { service: services.slice(0, DRAWN_MAX) })}>
              {name}
              <span class="quiet">
                {services.length > DRAWN_MAX ? `the first ${DRAWN_MAX} of ${count(services.length)}` : services.length}
              </span>
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Add({ names }: { names: string[] }) {
  const typed = useSignal('');
  void known.value;
  const offered = typed.value
    ? all.value.filter((name) => !names.includes(name) && fits(name, typed.value)).slice(0, OFFERED)
    : all.value.filter((name) => !names.includes(name)).slice(0, OFFERED);
  const take = (text: string) => {
    const name = all.value.find((of) => of === text) ?? (offered.length === 1 ? offered[0] : undefined);
    if (name === undefined || names.includes(name)) return false;
    typed.value = '';
    choose([...names, name]);
    return true;
  };
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        take(typed.value.trim());
      }}
    >
      <label class="label">
        <span class="hidden">Add a service to the comparison</span>
        <input
          class="field"
          list="offered"
          placeholder="Add a service"
          value={typed.value}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
            // a click on what is offered comes as one input of the whole name
            if (event instanceof InputEvent && event.inputType !== 'insertReplacementText') return;
            take(event.currentTarget.value);
          }}
        />
      </label>
      <datalist id="offered">
        {offered.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <button class="button" type="submit" disabled={typed.value.trim() === ''}>
        Add
      </button>
    </form>
  );
}
