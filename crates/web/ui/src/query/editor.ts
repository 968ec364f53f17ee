/** The editor: CodeMirror, loaded with this view alone. It lives in a shadow root, where its styles need no exception
 * from the page's security policy. */

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { PostgreSQL, sql } from '@codemirror/lang-sql';
import { HighlightStyle, bracketMatching, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState, Prec } from '@codemirror/state';
import { EditorView, drawSelection, highlightSpecialChars, keymap, placeholder } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { functionSource } from './completion';

export interface Editor {
  set(text: string): void;
  focus(): void;
  complete(tables: Record<string, string[]>): void;
  destroy(): void;
}

interface Given {
  text: string;
  tables: Record<string, string[]>;
  onChange: (text: string) => void;
  onRun: () => void;
}

const LOOKS = EditorView.theme({
  '&': { color: 'var(--ink)', fontSize: 'var(--text-s)', backgroundColor: 'transparent' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.5', minHeight: '8.4rem', maxHeight: '40vh' },
  '.cm-content': { padding: '0.6rem 0.4rem', caretColor: 'var(--ink)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-placeholder': { color: 'var(--ink-3)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--accent-soft)',
  },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--sunken)', outline: '1px solid var(--line-strong)' },
  '.cm-tooltip': {
    backgroundColor: 'var(--surface)',
    color: 'var(--ink)',
    border: '1px solid var(--line-strong)',
    borderRadius: 'var(--round-s)',
  },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--accent)', color: 'var(--on-accent)' },
  '.cm-completionDetail': { color: 'inherit' },
});

const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--ram)', fontWeight: '600' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--ok)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--warn)' },
  { tag: tags.comment, color: 'var(--ink-3)', fontStyle: 'italic' },
  { tag: [tags.typeName, tags.standard(tags.name)], color: 'var(--cpu)' },
]);

function language(tables: Record<string, string[]>) {
  return [
    sql({ dialect: PostgreSQL, schema: tables, upperCaseKeywords: true }),
    PostgreSQL.language.data.of({ autocomplete: functionSource }),
  ];
}

/**
 * What is typed over a selection is put in by the editor. A browser would do it by joining lines, and writes styles into
 * their attributes then, which the page's security policy refuses.
 */
function typedOver(event: InputEvent, view: EditorView): boolean {
  const { from, to, empty } = view.state.selection.main;
  const text = event.data;
  if (event.inputType !== 'insertText' || text === null || empty || view.composing) return false;
  event.preventDefault();
  const insert = () =>
    view.state.update({
      changes: { from, to, insert: text },
      selection: { anchor: from + text.length },
      userEvent: 'input.type',
      scrollIntoView: true,
    });
  const taken = view.state.facet(EditorView.inputHandler).some((takes) => takes(view, from, to, text, insert));
  if (!taken) view.dispatch(insert());
  return true;
}

export function mount(on: HTMLElement, given: Given): Editor {
  const root = on.shadowRoot ?? on.attachShadow({ mode: 'open' });
  const schema = new Compartment();
  const keys = Prec.highest(keymap.of([{ key: 'Mod-Enter', run: () => (given.onRun(), true) }]));
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: given.text,
      extensions: [
        keymap.of([...completionKeymap, ...closeBracketsKeymap, ...historyKeymap, ...defaultKeymap]),
        keys,
        history(),
        drawSelection(),
        highlightSpecialChars(),
        bracketMatching(),
        closeBrackets(),
        EditorView.domEventHandlers({ beforeinput: typedOver }),
        autocompletion({ icons: false }),
        schema.of(language(given.tables)),
        syntaxHighlighting(COLOURS),
        placeholder('SELECT …'),
        EditorView.lineWrapping,
        LOOKS,
        EditorView.contentAttributes.of({
          'aria-label': 'SQL statement',
          spellcheck: 'false',
        }),
        EditorView.updateListener.of((update) => update.docChanged && given.onChange(update.state.doc.toString())),
      ],
    }),
  });
  return {
    set(text) {
      if (view.state.doc.toString() !== text)
        view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    focus: () => view.focus(),
    complete: (tables) => view.dispatch({ effects: schema.reconfigure(language(tables)) }),
    destroy: () => view.destroy(),
  };
}
