/** Which rows are looked at. All of it is in the URL. */
import { useAnswer } from '../../data/use-answer.ts'
import { choosing, type Desk, EVERY_ROW, PROBLEMS } from '../../model/quarantine.ts'
import { Choice } from '../../parts/choice.tsx'
import { useAddress } from '../../parts/link.tsx'
import { PulseDocument } from '../../queries.ts'
import type { Group } from './quarantine.tsx'

export function DeskFilters({ desk, groups }: { desk: Desk; groups: readonly Group[] }) {
  const { change } = useAddress()
  const pulse = useAnswer(PulseDocument, {})
  const sources = distinct([
    ...groups.map(({ source }) => source),
    ...(pulse.data?.sources ?? []).map(({ name }) => name),
  ])
  const codes = distinct(groups.map(({ code }) => code)).map((code) => [code, PROBLEMS[code].title] as const)
  const fields = distinct(groups.flatMap(({ field }) => field ?? []))
  return (
    <form class="filters" aria-label="Which rows are looked at" onSubmit={(event) => event.preventDefault()}>
      <Select
        label="Source"
        value={desk.source}
        options={sources.map((source) => [source, source])}
        choose={(source) => change(choosing({ source }))}
      />
      <Select
        label="Problem"
        value={desk.code}
        options={desk.code ? withOwn(codes, desk.code, PROBLEMS[desk.code].title) : codes}
        choose={(code) => change(choosing({ code }))}
      />
      <Select
        label="Column"
        value={desk.field}
        options={fields.map((field) => [field, field])}
        choose={(field) => change(choosing({ field }))}
      />
      <label>
        Batch
        <input
          key={desk.batch}
          type="search"
          defaultValue={desk.batch}
          placeholder="Any; its id"
          spellcheck={false}
          onChange={({ currentTarget }) => change(choosing({ batch: currentTarget.value.trim() || null }))}
        />
      </label>
      {(desk.source || desk.code || desk.field || desk.batch) && (
        <button type="button" class="small-button" onClick={() => change(EVERY_ROW)}>
          Clear
        </button>
      )}
      <Choice
        label="Days counted"
        value={String(desk.days)}
        options={[
          ['30', '30 days'],
          ['90', '90 days'],
        ]}
        choose={(days) => change({ days: days === '30' ? null : days })}
      />
    </form>
  )
}

interface SelectProps {
  label: string
  value: string | undefined
  options: readonly (readonly [value: string, title: string])[]
  choose: (value: string | null) => void
}

function Select({ label, value, options, choose }: SelectProps) {
  const all = value ? withOwn(options, value, value) : options
  return (
    <label>
      {label}
      <select value={value ?? ''} onChange={({ currentTarget }) => choose(currentTarget.value || null)}>
        <option value="">All</option>
        {all.map(([name, title]) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
    </label>
  )
}

/** What a link asks for can be seen, also where there is nothing like that any more. */
function withOwn(options: SelectProps['options'], value: string, title: string): SelectProps['options'] {
  return options.some(([name]) => name === value) ? options : [...options, [value, title]]
}

function distinct<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values)].sort()
}
