/** Completion of what the language package does not know: functions of the SQL engine. */

import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { FUNCTIONS } from './tables';

export function functionSource(context: CompletionContext): CompletionResult | null {
  const word = context.matchBefore(/\w+/);
  if (!word || (word.from === word.to && !context.explicit)) return null;
  // behind a dot stand columns
  if (context.state.sliceDoc(word.from - 1, word.from) === '.') return null;
  return {
    from: word.from,
    options: FUNCTIONS.map((name) => ({ label: name, apply: `${name}(`, type: 'function', detail: 'function' })),
    validFor: /^\w*$/,
  };
}
