/** The place of the editor: a plain text field until CodeMirror is there. */

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Editor } from './editor';

interface Props {
  text: string;
  tables: Record<string, string[]>;
  onChange: (text: string) => void;
  onRun: () => void;
}

export function Code({ text, tables, onChange, onRun }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor | null>(null);
  const latest = useRef({ text, tables, onChange, onRun });
  latest.current = { text, tables, onChange, onRun };
  const ready = useSignal(false);

  useEffect(() => {
    let gone = false;
    void import('./editor').then(({ mount }) => {
      if (gone || !frame.current) return;
      editor.current = mount(frame.current, {
        text: latest.current.text,
        tables: latest.current.tables,
        onChange: (next) => latest.current.onChange(next),
        onRun: () => latest.current.onRun(),
      });
      ready.value = true;
    });
    return () => {
      gone = true;
      editor.current?.destroy();
    };
  }, []);
  useEffect(() => editor.current?.set(text), [text]);
  useEffect(() => editor.current?.complete(tables), [tables]);

  return (
    <div class="code">
      <div ref={frame} data-editor />
      {!ready.value && (
        <textarea
          aria-label="SQL statement"
          spellcheck={false}
          value={text}
          onInput={(event) => onChange(event.currentTarget.value)}
          onKeyDown={(event) => event.key === 'Enter' && (event.ctrlKey || event.metaKey) && onRun()}
        />
      )}
    </div>
  );
}
