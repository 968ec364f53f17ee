/** The place of the editor: a plain text field until CodeMirror is there. */

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Editor } from './editor';

interface Props {
  /** What the address says. */
  text: string;
  /** What stands in the editor. */
  draft: { current: string };
  tables: Record<string, string[]>;
  onRun: () => void;
}

export function Code({ text, draft, tables, onRun }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor | null>(null);
  const latest = useRef({ tables, onRun });
  latest.current = { tables, onRun };
  const ready = useSignal(false);

  useEffect(() => {
    let gone = false;
    void import('./editor').then(({ mount }) => {
      if (gone || !frame.current) return;
      editor.current = mount(frame.current, {
        text: draft.current,
        tables: latest.current.tables,
        onChange: (next) => (draft.current = next),
        onRun: () => latest.current.onRun(),
      });
      ready.value = true;
    });
    return () => {
      gone = true;
      editor.current?.destroy();
    };
  }, []);
  useEffect(() => {
    draft.current = text;
    editor.current?.set(text);
  }, [text]);
  useEffect(() => editor.current?.complete(tables), [tables]);

  return (
    <div class="code">
      <div ref={frame} data-editor />
      {!ready.value && (
        <textarea
          aria-label="SQL statement"
          spellcheck={false}
          defaultValue={text}
          onInput={(event) => (draft.current = event.currentTarget.value)}
          onKeyDown={(event) => event.key === 'Enter' && (event.ctrlKey || event.metaKey) && onRun()}
        />
      )}
    </div>
  );
}
