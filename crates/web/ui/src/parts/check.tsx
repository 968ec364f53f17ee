/** A box to be ticked, with its words. */

interface CheckProps {
  label: string;
  checked: boolean;
  disabled?: boolean;
  onChange: (on: boolean) => void;
}

export function Check({ label, checked, disabled, onChange }: CheckProps) {
  return (
    <label class="label">
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled ?? false}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      {label}
    </label>
  );
}
