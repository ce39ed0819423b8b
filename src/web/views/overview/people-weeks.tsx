/** Person by week: one scale of colour for all periods, a page of people at a time. */
import { useMemo } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { useAnswer } from '../../data/use-answer.ts'
import { cellText, filterOf } from '../../model/address.ts'
import { addDays, dayName, fullName, type Range } from '../../model/calendar.ts'
import { count, percent } from '../../model/figures.ts'
import { Choice } from '../../parts/choice.tsx'
import { Explained, SubjectLink, useAddress } from '../../parts/link.tsx'
import { Pager, usePage } from '../../parts/pager.tsx'
import { Section } from '../../parts/section.tsx'
import { Files } from '../../parts/table.tsx'
import { trendWeeks, weekOf } from '../../parts/week-chart.tsx'
import {
  BreakdownDocument,
  type BreakdownQuery,
  PeopleWeeksDocument,
  type PeopleWeeksQuery,
  type WasteOrder,
} from '../../queries.ts'
import type { About } from './overview.tsx'

const PAGE = 25
const MOST = 1000
const MOST_WEEKS = 13

/** From here on it is as dark as it gets, in whatever weeks. */
const HOTTEST = 0.6

const ORDERS: readonly (readonly [WasteOrder, string])[] = [
  ['NVA_DESC', 'Most lost'],
  ['RATIO_DESC', 'Largest share'],
  ['NAME_ASC', 'Name'],
]

type Trend = PeopleWeeksQuery['wasteTrends'][number]
type Person = BreakdownQuery['waste']['nodes'][number]

export function PeopleWeeks({ period, selection }: About) {
  const { params, change } = useAddress()
  const name = params.get('name') ?? ''
  const [orderBy] = ORDERS.find(([order]) => order === params.get('order')) ?? ORDERS[0] ?? ['NVA_DESC']
  const weeks = trendWeeks(period).slice(-MOST_WEEKS)
  const days = { from: weeks[0] ?? period.from, to: addDays(weeks.at(-1) ?? period.to, 6) }
  const people = useAnswer(BreakdownDocument, {
    ...days,
    filter: filterOf(selection),
    groupBy: ['USER'],
    orderBy,
    first: MOST,
  })
  const found = useMemo(() => {
    const text = name.trim().toLocaleLowerCase()
    return (people.data?.waste.nodes ?? []).filter(({ user }) => user?.name.toLocaleLowerCase().includes(text))
  }, [people.data, name])
  const page = usePage(found, PAGE, 'people')
  const ids = page.rows.flatMap(({ user }) => user?.id ?? [])
  const trends = useAnswer(PeopleWeeksDocument, ids.length > 0 ? { ...days, userIds: ids } : null)
  const byPerson = useMemo(() => trendsByPerson(trends.data), [trends.data])
  const isOfAllTime = selection.project || selection.kind
  return (
    <Section
      title="Person by week"
      note={`The share of each week that added no value; the darker the more, up to ${percent(HOTTEST)} and above.${isOfAllTime ? ' Weeks are of all of a person’s time, whatever project or kind is chosen; the last column is of what is chosen.' : ''}`}
      asked={people}
      height={40}
      actions={
        <span class="choices">
          <label class="inline">
            Name{' '}
            <input
              type="search"
              value={name}
              onInput={({ currentTarget }) => change({ name: currentTarget.value, people: null }, { replace: true })}
              placeholder="Find a person"
            />
          </label>
          <Choice
            label="Order"
            value={orderBy}
            options={ORDERS}
            choose={(order) => change({ order: order === 'NVA_DESC' ? null : order, people: null })}
          />
        </span>
      }
    >
      {({ waste }) =>
        page.rows.length === 0 ? (
          <p class="quiet">
            {name ? 'Nobody of that name has time in these weeks.' : 'Nobody has time in these weeks.'}
          </p>
        ) : (
          <>
            <Heat
              selection={selection}
              isWaiting={trends.isOfOther || trends.data === undefined}
              people={page.rows}
              days={days}
              weeks={weeks}
              trends={byPerson}
            />
            <Legend />
            <Pager page={page} what="people" name="people" />
            {waste.totalCount > MOST && (
              <p class="quiet">
                The first {count(MOST)} of {count(waste.totalCount)} people: choose a team to see others.
              </p>
            )}
            <Files
              name="people-by-week"
              rows={page.rows.flatMap(({ user }) =>
                [...(byPerson.get(user?.id ?? '')?.values() ?? [])].map((trend) => ({ ...trend, person: user?.name })),
              )}
              columns={[
                { title: 'Person', value: ({ person }) => person },
                { title: 'Week of', value: ({ weekStart }) => weekStart },
                { title: 'Share', value: ({ wasteRatio }) => wasteRatio },
                { title: 'Usually', value: ({ baselineMean }) => baselineMean },
                { title: 'z-score', value: ({ zScore }) => zScore },
                { title: 'Stands out', value: ({ flagged }) => flagged },
              ]}
            />
          </>
        )
      }
    </Section>
  )
}

function trendsByPerson(data: PeopleWeeksQuery | undefined): ReadonlyMap<string, ReadonlyMap<string, Trend>> {
  const people = new Map<string, Map<string, Trend>>()
  for (const trend of data?.wasteTrends ?? []) {
    const weeks = people.get(trend.user.id) ?? new Map()
    people.set(trend.user.id, weeks.set(trend.weekStart, trend))
  }
  return people
}

interface HeatProps {
  selection: About['selection']
  /** Their weeks are being read. */
  isWaiting: boolean
  days: Range
  people: readonly Person[]
  weeks: readonly string[]
  trends: ReadonlyMap<string, ReadonlyMap<string, Trend>>
}

function Heat({ selection, isWaiting, people, days, weeks, trends }: HeatProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="scroller" aria-label="Person by week: table" tabIndex={0}>
      <table class="heat">
        <caption class="unseen">Share of time that added no value, per person and week</caption>
        <thead>
          <tr>
            <th scope="col">Week of</th>
            {weeks.map((week) => (
              <th key={week} scope="col">
                <time dateTime={week}>{dayName(week)}</time>
              </th>
            ))}
            <th scope="col" class="all">
              {weeks.length} weeks
            </th>
          </tr>
        </thead>
        <tbody onKeyDown={walk}>
          {people.map(({ user, wasteRatio }) => (
            <tr key={user?.id}>
              <th scope="row">
                <SubjectLink of="person" id={user?.id ?? ''}>
                  {user?.name}
                </SubjectLink>
              </th>
              {weeks.map((week) =>
                isWaiting ? (
                  <td key={week} class="none" />
                ) : (
                  <WeekCell key={week} person={user} week={week} trend={trends.get(user?.id ?? '')?.get(week)} />
                ),
              )}
              <td class="all">
                <Explained cell={{ ...selection, ...days, person: user?.id }}>{percent(wasteRatio)}</Explained>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function WeekCell({ person, week, trend }: { person: Person['user']; week: string; trend?: Trend }) {
  const { here } = useAddress()
  if (!trend || trend.wasteRatio === null) return <td class="none">–</td>
  const { wasteRatio, flagged, unfinished, zScore, baselineMean } = trend
  const note = unfinished
    ? 'the week isn’t over: its share so far, not held against other weeks'
    : flagged &&
      `z-score ${count(zScore, 1)}: ${percent(wasteRatio, 1)} against a mean of ${percent(baselineMean, 1)} in the weeks before`
  const label = [person?.name, `week of ${fullName(week)}`, percent(wasteRatio), note].filter(Boolean).join(', ')
  const heat = Math.min(1, wasteRatio / HOTTEST)
  return (
    <td>
      <Link
        href={here({ explain: cellText({ ...weekOf(week), person: person?.id }) })}
        class={unfinished ? 'unfinished' : flagged ? 'flagged' : undefined}
        title={note || undefined}
        aria-label={label}
        style={{ '--heat': `${100 * heat}%` }}
      >
        {flagged && !unfinished && <span class="mark">▲</span>}
        {percent(wasteRatio)}
      </Link>
    </td>
  )
}

const STEPS: Readonly<Record<string, readonly [row: number, column: number]>> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
}

/** Arrow keys move to the next cell that leads somewhere. */
function walk(event: KeyboardEvent & { currentTarget: HTMLTableSectionElement }): void {
  const step = STEPS[event.key]
  const cell = (event.target as Element).closest<HTMLTableCellElement>('th, td')
  if (!step || !cell) return
  const rows = [...event.currentTarget.rows]
  let [row, column] = [rows.indexOf(cell.parentElement as HTMLTableRowElement), cell.cellIndex]
  for (;;) {
    row += step[0]
    column += step[1]
    const reached = rows[row]?.cells[column]
    if (!reached) return
    const next = reached.querySelector('a')
    if (!next) continue
    event.preventDefault()
    next.focus()
    return
  }
}

function Legend() {
  return (
    <p class="legend">
      <span>
        0% <span class="ramp" aria-hidden="true" /> {percent(HOTTEST)} and above
      </span>
      <span>
        <span class="flagged sample">▲</span> at least 2 standard deviations above the person’s own mean of the 8 weeks
        before
      </span>
      <span>
        <span class="unfinished sample" /> the week isn’t over
      </span>
      <span>– no time booked</span>
    </p>
  )
}
