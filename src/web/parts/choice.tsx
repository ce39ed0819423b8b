interface ChoiceProps {
  label: string
  value: string
  options: readonly (readonly [value: string, title: string])[]
  choose: (value: string) => void
}

/** A few things of which one is chosen. */
export function Choice({ label, value, options, choose }: ChoiceProps) {
  return (
    <fieldset class="choice">
      <legend class="unseen">{label}</legend>
      {options.map(([name, title]) => (
        <button key={name} type="button" aria-pressed={name === value} onClick={() => choose(name)}>
          {title}
        </button>
      ))}
    </fieldset>
  )
}
