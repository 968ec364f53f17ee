/** A command to be copied. */

import { useSignal } from '@preact/signals';
import { Icon } from './icons';

export function Command({ text, of }: { text: string; of: string }) {
  const copied = useSignal(false);
  const copy = async () => {
    // needs a secure context: beyond this machine the text can still be selected
    await navigator.clipboard?.writeText(text).then(
      () => (copied.value = true),
      () => undefined,
    );
    setTimeout(() => (copied.value = false), 2000);
  };
  return (
    <div class="command">
      <pre tabIndex={0} role="region" aria-label={of}>
        {text}
      </pre>
      <button class="button" type="button" onClick={() => void copy()} aria-label={`Copy: ${of}`}>
        <Icon name={copied.value ? 'check' : 'copy'} />
        {copied.value ? 'Copied' : 'Copy'}
      </button>
    </div>
  );
}
