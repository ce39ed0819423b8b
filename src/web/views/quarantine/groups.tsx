/** Quarantined rows by what is wrong with them: kind of problem, source and column. */
import { Link } from 'wouter-preact'
import { dayName, fullName } from '../../model/calendar.ts'
import { count, many } from '../../model/figures.ts'
import { choosing, type DayCount, type Desk, daily, EVERY_ROW, PROBLEMS, STATUSES } from '../../model/quarantine.ts'
import { useAddress } from '../../parts/link.tsx'
import type { QuarantineStatus } from '../../queries.ts'
import type { Group } from './quarantine.tsx'

/** So many the service tells at most. */
const MOST_GROUPS = 200

interface GroupsProps {
  groups: readonly Group[]
  desk: Desk
  /** The service's time. */
  now: number
}

export function Groups({ groups, desk, now }: GroupsProps) {
  const { here } = useAddress()
  const ofSource = groups.filter(({ source }) => !desk.source || source === desk.source)
  const shown = ofSource
    .filter((group) => countOf(group, desk.status) > 0)
    .toSorted((a, b) => countOf(b, desk.status) - countOf(a, desk.status))
  const rest = ofSource.length - shown.length
  const isEveryRow = !desk.code && !desk.field
  const last = new Date(now).toISOString().slice(0, 10)
  if (ofSource.length === 0) return <p class="quiet">Nothing was refused{desk.source && ` of ${desk.source}`}.</p>
  return (
    <>
      {desk.batch && <p class="quiet">Counted over all batches, not over the chosen one alone.</p>}
      <nav aria-label="Groups of rows">
        <ul class="groups">
          <li>
            <Link
              class="group"
              href={here({ ...EVERY_ROW, batch: desk.batch, source: desk.source })}
              aria-current={isEveryRow ? 'true' : undefined}
            >
              <strong>Everything</strong>
              <span class="quiet">whatever is wrong with it</span>
            </Link>
          </li>
          {shown.map((group) => (
            <li key={JSON.stringify([group.source, group.code, group.field])}>
              <Link
                class="group"
                href={here(choosing({ source: group.source, code: group.code, field: group.field }))}
                aria-current={isChosen(group, desk) && !isEveryRow ? 'true' : undefined}
              >
                <GroupLines group={group} status={desk.status} days={daily([group], last, desk.days)} />
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      {shown.length === 0 && <p class="quiet">No group has rows that are {STATUSES[desk.status].toLowerCase()}.</p>}
      {rest > 0 && shown.length > 0 && (
        <p class="quiet">
          {many(rest, 'more group')} with no rows that are {STATUSES[desk.status].toLowerCase()}.
        </p>
      )}
      {groups.length >= MOST_GROUPS && (
        <p class="quiet">The {count(MOST_GROUPS)} groups of which most rows wait; choose a source to see others.</p>
      )}
    </>
  )
}

export function isChosen(group: Group, { source, code, field }: Desk): boolean {
  return (!source || group.source === source) && (!code || group.code === code) && (!field || group.field === field)
}

function countOf(group: Group, status: QuarantineStatus): number {
  return { OPEN: group.open, RELEASED: group.released, DISCARDED: group.discarded }[status]
}

interface GroupLinesProps {
  group: Group
  status: QuarantineStatus
  days: readonly DayCount[]
}

function GroupLines({ group, status, days }: GroupLinesProps) {
  const { source, code, field, open, released, discarded, firstSeenAt, lastSeenAt, message } = group
  return (
    <>
      <span class="group-head">
        <strong>{PROBLEMS[code].title}</strong>
        <span class="group-count">{count(countOf(group, status))}</span>
      </span>
      <span class="quiet">
        {field ? <code>{field}</code> : 'the row as a whole'} of {source}
      </span>
      <span class="group-message">{message}</span>
      <Spark days={days} />
      <span class="quiet">
        {count(open)} waiting, {count(released)} released, {count(discarded)} discarded.{' '}
        {seen(firstSeenAt.slice(0, 10), lastSeenAt.slice(0, 10))}
      </span>
    </>
  )
}

function seen(first: string, last: string): string {
  return first === last ? `Seen on ${fullName(first)}.` : `Seen first on ${fullName(first)}, last on ${fullName(last)}.`
}

const SPARK = { width: 180, height: 22 }

/** One bar a day. */
function Spark({ days }: { days: readonly DayCount[] }) {
  const most = days.reduce((a, b) => (b.chosen > a.chosen ? b : a), { date: '', chosen: 0 })
  const sum = days.reduce((all, { chosen }) => all + chosen, 0)
  const step = SPARK.width / days.length
  const label =
    sum === 0
      ? `None in ${days.length} days.`
      : `${count(sum)} in ${days.length} days, most on ${dayName(most.date)}: ${count(most.chosen)}.`
  return (
    <span class="spark">
      <svg viewBox={`0 0 ${SPARK.width} ${SPARK.height}`} width={SPARK.width} height={SPARK.height} aria-hidden="true">
        <path d={`M0 ${SPARK.height - 0.5}h${SPARK.width}`} />
        {days.map(({ date, chosen }, index) => {
          const height = chosen === 0 ? 0 : Math.max(2, (SPARK.height * chosen) / most.chosen)
          return (
            <rect key={date} x={index * step} y={SPARK.height - height} width={Math.max(1, step - 1)} height={height} />
          )
        })}
      </svg>
      <span class="quiet">{label}</span>
    </span>
  )
}
