/** Whose weeks stand out against their own past, newest first. */
import { useMemo } from 'preact/hooks'
import { useAnswer } from '../../data/use-answer.ts'
import { addDays, fullName } from '../../model/calendar.ts'
import { count, hours, percent } from '../../model/figures.ts'
import { Explained, SubjectLink } from '../../parts/link.tsx'
import { Pager, usePage } from '../../parts/pager.tsx'
import { Section } from '../../parts/section.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { trendWeeks, weekOf } from '../../parts/week-chart.tsx'
import {
  FlaggedDocument,
  FlaggedKindsDocument,
  type FlaggedQuery,
  TeamMembersDocument,
  type TeamMembersQuery,
} from '../../queries.ts'
import { kindName } from './moves.ts'
import type { About } from './overview.tsx'

const PAGE = 8
/** Of half a year at most: of all people's weeks they are looked for. */
const MOST_WEEKS = 26

type Week = FlaggedQuery['wasteTrends'][number]

export function FlaggedWeeks({ period, selection }: About) {
  const weeks = trendWeeks(period).slice(-MOST_WEEKS)
  const [from = period.from, to = period.to] = [weeks[0], addDays(weeks.at(-1) ?? period.to, 6)]
  const members = useAnswer(TeamMembersDocument, selection.team ? {} : null)
  const asked = useAnswer(FlaggedDocument, { from, to, userIds: selection.person ? [selection.person] : undefined })
  const flagged = useMemo(
    () => newestFirst(asked.data?.wasteTrends ?? [], membersOf(members.data, selection.team)),
    [asked.data, members.data, selection.team],
  )
  const page = usePage(flagged, PAGE, 'flags')
  const kinds = useLargestKinds(page.rows)
  const isOfAllTime = selection.project || selection.kind
  return (
    <Section
      title="Weeks that stand out"
      note={`In the ${weeks.length} weeks to ${fullName(to)}: at least 2 standard deviations above the person’s own mean of the 8 weeks before; weeks that aren’t over never do.${isOfAllTime ? ' These are of all of a person’s time, whatever project or kind is chosen.' : ''}`}
      asked={asked}
      height={16}
    >
      {() => (
        <>
          <Table
            caption="Weeks that stand out, newest first"
            isCaptionUnseen
            rows={page.rows}
            columns={columnsOf(kinds)}
            file="weeks-that-stand-out"
            empty={`No week of these ${weeks.length} stands out against its person’s own past.`}
          />
          <Pager page={page} what="weeks" name="flags" />
        </>
      )}
    </Section>
  )
}

interface Kind {
  name: string
  seconds: number
}

function columnsOf(kinds: ReadonlyMap<string, Kind>): Column<Week>[] {
  return [
    {
      title: 'Person',
      value: ({ user }) => user.name,
      show: ({ user }) => (
        <SubjectLink of="person" id={user.id}>
          {user.name}
        </SubjectLink>
      ),
      isHead: true,
    },
    {
      title: 'Week of',
      value: ({ weekStart }) => weekStart,
      show: ({ weekStart }) => <time dateTime={weekStart}>{fullName(weekStart)}</time>,
    },
    {
      title: 'Share',
      value: ({ wasteRatio }) => wasteRatio,
      show: ({ user, weekStart, wasteRatio }) => (
        <Explained cell={{ ...weekOf(weekStart), person: user.id }}>{percent(wasteRatio)}</Explained>
      ),
      isNumber: true,
    },
    {
      title: 'Usually',
      value: ({ baselineMean }) => baselineMean,
      show: ({ baselineMean }) => percent(baselineMean),
      isNumber: true,
    },
    {
      title: 'Why',
      isLong: true,
      value: (week) => reasonOf(week, kinds.get(keyOf(week.user.id, week.weekStart))),
    },
  ]
}

/** In words what the stage counted. */
function reasonOf({ wasteRatio, baselineMean, baselineStdDev, zScore }: Week, most: Kind | undefined): string {
  const above = `${percent(wasteRatio, 1)} against ${percent(baselineMean, 1)} ± ${percent(baselineStdDev, 1)}: ${count(zScore, 1)} standard deviations above`
  return most ? `${above}; most of it in ${most.name}, ${hours(most.seconds)} hours.` : `${above}.`
}

function newestFirst(weeks: readonly Week[], isMember: (userId: string, week: string) => boolean): Week[] {
  return weeks
    .filter(({ user, weekStart, unfinished }) => !unfinished && isMember(user.id, weekStart))
    .sort((a, b) => b.weekStart.localeCompare(a.weekStart) || (b.zScore ?? 0) - (a.zScore ?? 0))
}

function membersOf(data: TeamMembersQuery | undefined, team: string | undefined) {
  if (!team) return () => true
  const members = data?.teamsConnection.nodes.find(({ id }) => id === team)?.members ?? []
  return (userId: string, week: string) =>
    members.some(({ user, from, to }) => user.id === userId && from <= addDays(week, 6) && (to === null || to >= week))
}

/** For each person's week the kind of activity that cost most. */
function useLargestKinds(weeks: readonly Week[]): ReadonlyMap<string, Kind> {
  const days = weeks.map(({ weekStart }) => weekStart).sort()
  const [first, last] = [days[0], days.at(-1)]
  const { data } = useAnswer(
    FlaggedKindsDocument,
    first && last
      ? { from: first, to: addDays(last, 6), userIds: [...new Set(weeks.map(({ user }) => user.id))].sort() }
      : null,
  )
  return useMemo(() => {
    const largest = new Map<string, Kind>()
    for (const group of data?.waste.nodes ?? []) {
      const key = keyOf(group.user?.id ?? '', group.week ?? '')
      const seconds = Number(group.nvaSeconds ?? 0)
      if (seconds > (largest.get(key)?.seconds ?? 0)) largest.set(key, { name: kindName(group), seconds })
    }
    return largest
  }, [data])
}

function keyOf(userId: string, week: string): string {
  return `${userId} ${week}`
}
