/** What is looked at: the days, and whose time. All of it is in the URL. */
import { Link } from 'wouter-preact'
import { useAnswer } from '../data/use-answer.ts'
import { type Period, presets, SELECTION_KEYS, type Selection } from '../model/address.ts'
import { addDays, daysIn, mondayOf, today } from '../model/calendar.ts'
import { ChoicesDocument } from '../queries.ts'
import { Days } from './days.tsx'
import { useAddress } from './link.tsx'

interface FiltersProps {
  period: Period
  selection: Selection
  fixed?: keyof Selection
  /** The first day of which there is anything. */
  oldest?: string
}

/** `fixed` is what the view itself is about: it can't be chosen. */
export function Filters({ period, selection, fixed, oldest }: FiltersProps) {
  const { change, params } = useAddress()
  const { data } = useAnswer(ChoicesDocument, {})
  const codes = new Map(data?.stereotypesConnection.nodes.map(({ code, name }) => [code, name]))
  const choices = {
    team: data?.teamsConnection.nodes.map(({ id, name }) => ({ id, name })) ?? [],
    project: data?.projectsConnection.nodes ?? [],
    kind: [...codes].map(([id, name]) => ({ id, name })),
  }
  return (
    <form class="filters" aria-label="What is looked at" onSubmit={(event) => event.preventDefault()}>
      <label>
        Period
        <select
          value={period.preset ?? ''}
          onChange={({ currentTarget: { value } }) =>
            value && change({ period: value, from: null, to: null, until: null })
          }
        >
          {!period.preset && <option value="">Chosen days</option>}
          {presets.map(({ name, label }) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <Steps period={period} oldest={oldest} />
      <Days days={period} choose={(days) => change({ ...days, period: null, until: null })} />
      {(['team', 'project', 'kind'] as const)
        .filter((key) => key !== fixed && (choices[key].length > 0 || selection[key]))
        .map((key) => (
          <label key={key}>
            {TITLES[key]}
            <select
              value={selection[key] ?? ''}
              onChange={({ currentTarget: { value } }) => change({ [key]: value || null })}
            >
              <option value="">All</option>
              {selection[key] && !choices[key].some(({ id }) => id === selection[key]) && (
                <option value={selection[key]}>{data ? 'One that isn’t there' : '…'}</option>
              )}
              {choices[key].map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        ))}
      {CLEARED.some((key) => key !== fixed && params.has(key)) && (
        <button
          type="button"
          class="small-button"
          onClick={() => change(Object.fromEntries(CLEARED.filter((key) => key !== fixed).map((key) => [key, null])))}
        >
          Clear
        </button>
      )}
    </form>
  )
}

const CLEARED = ['period', 'from', 'to', 'until', ...SELECTION_KEYS]

/** To the period before and after, as long as there is something. */
function Steps({ period, oldest }: { period: Period; oldest?: string }) {
  const { here } = useAddress()
  const step = (weeks: number) =>
    here({
      from: addDays(mondayOf(period.from), 7 * weeks),
      to: addDays(mondayOf(period.to), 7 * weeks + 6),
      period: null,
      until: null,
    })
  const weeks = Math.ceil(daysIn(period) / 7)
  const hasEarlier = oldest !== undefined && period.from > oldest
  const hasLater = addDays(mondayOf(period.to), 7) <= today()
  return (
    <span class="steps">
      {hasEarlier ? <Link href={step(-weeks)}>← Earlier</Link> : <span class="quiet">← Earlier</span>}
      {hasLater ? <Link href={step(weeks)}>Later →</Link> : <span class="quiet">Later →</span>}
    </span>
  )
}

const TITLES = { team: 'Team', project: 'Project', kind: 'Kind of activity' } as const
