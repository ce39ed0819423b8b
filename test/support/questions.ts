import { addDays, weekStart } from '../../src/model/calendar.ts'
import { isMixedSprint, isMixedTrend, type SprintSums, type Trend } from './mixed-truths.ts'
import { type CachedActivity, sprintOf, type Truth } from './oracle.ts'
import { int, pick } from './random.ts'
import { DAYS, FIRST_DAY } from './random-writes.ts'

/** A query, and how its answer is checked. */
export interface Question {
  query: string
  /** What of the data is the truth of no state, or undefined. */
  // biome-ignore lint/suspicious/noExplicitAny: the data of an answer is what the query says.
  faultOf(data: any, truths: readonly Truth[]): string | undefined
}

const SUMS = 'nvaSecondsSum vaSecondsSum totalSum'
const TREND = 'wasteRatio baselineMean baselineStdDev zScore flagged'

/** Makers of questions at random: on windows and on pages. */
export const QUESTIONS: readonly ((random: () => number) => Question)[] = [
  summariesByDay,
  trends,
  sprints,
  page,
  storedPage,
]

function summariesByDay(random: () => number): Question {
  const from = addDays(FIRST_DAY, int(random, DAYS))
  const to = addDays(from, int(random, 40))
  return {
    query: `{ nvaSummary(from: "${from}", to: "${to}", groupBy: [USER, DAY]) { user { id } period ${SUMS} } }`,
    faultOf: ({ nvaSummary }, truths) =>
      faultInAll(
        new Map(nvaSummary.map((group: SummaryShown) => [`${group.user?.id} ${group.period}`, sumsOf(group)])),
        truths.map(
          (truth) => new Map([...truth.nva_summary].filter(([key]) => isBetween(key.split(' ')[1], from, to))),
        ),
      ),
  }
}

function trends(random: () => number): Question {
  const from = addDays(FIRST_DAY, int(random, DAYS) - 7)
  const to = addDays(from, 7 + int(random, 60))
  return {
    query: `{ wasteTrends(from: "${from}", to: "${to}") { user { id } weekStart ${TREND} } }`,
    faultOf: ({ wasteTrends }, truths) =>
      faultInAll(
        new Map(
          (wasteTrends as TrendShown[]).map(({ user, weekStart: week, ...trend }) => [`${user.id} ${week}`, trend]),
        ),
        truths.map(
          (truth) =>
            new Map(
              [...truth.waste_trend].filter(([key]) => {
                const week = key.split(' ')[1] ?? ''
                return from <= addDays(week, 6) && week <= to
              }),
            ),
        ),
        (key, trend) => {
          const [user = '', week = ''] = key.split(' ')
          return isMixedTrend(truths, user, week, trend)
        },
      ),
  }
}

function sprints(): Question {
  return {
    query: `{ sprints { name startDate endDate summaries { user { id } ${SUMS} wasteRatio } } }`,
    faultOf: ({ sprints: shown }, truths) => {
      const dates = shown.map(({ name, startDate, endDate }: SprintShown) => ({ name, start: startDate, end: endDate }))
      const ofState = (truth: Truth) =>
        [...truth.sprints].sort((a, b) => compare(a.start, b.start) || compare(a.end, b.end) || compare(a.name, b.name))
      const fault = faultIn('the sprints', dates, truths.map(ofState))
      if (fault) return fault
      for (const { startDate, endDate, summaries } of shown as SprintShown[]) {
        const found = new Map(summaries.map(({ user, ...sums }) => [user.id, sums]))
        const expected = truths.map((truth) => {
          const users = [...truth.nva_summary.keys()]
            .map((key) => key.split(' '))
            .filter(([, date]) => isBetween(date, startDate, endDate))
          return new Map(users.map(([user = '']) => [user, sprintOf(truth, user, startDate, endDate)]))
        })
        const isMixed = (user: string, sums: SprintSums) => isMixedSprint(truths, user, startDate, endDate, sums)
        const wrong = faultInAll(found, expected, isMixed)
        if (wrong) return `sprint ${startDate} ${endDate}: ${wrong}`
      }
      return undefined
    },
  }
}

const STORED = `id date durationSeconds type user { id } stereotype { code }
        timeSplit { nvaSeconds vaSeconds totalSeconds } nvaSummary { ${SUMS} }`

function page(random: () => number): Question {
  const ofPeriods = `wasteTrend { ${TREND} }
        annotations(stages: ["sprint_summary"]) { ... on SprintSummary { ${SUMS} wasteRatio sprint { startDate endDate } } }`
  return pageOf(random, `${STORED} ${ofPeriods}`)
}

/** A page that Postgres may write. */
function storedPage(random: () => number): Question {
  return pageOf(random, STORED)
}

function pageOf(random: () => number, fields: string): Question {
  const first = 1 + int(random, 12)
  const column = pick(random, ['DATE', 'DURATION'] as const)
  const direction = pick(random, ['ASC', 'DESC'] as const)
  const sign = direction === 'ASC' ? 1 : -1
  const order = (a: CachedActivity, b: CachedActivity) =>
    sign *
    ((column === 'DATE' ? compare(a.date, b.date) : a.duration_seconds - b.duration_seconds) || compare(a.id, b.id))
  return {
    query: `{ activities(first: ${first}, orderBy: ${column}_${direction}) {
      pageInfo { hasNextPage }
      nodes {
        ${fields}
      }
    } }`,
    faultOf: ({ activities: { nodes, pageInfo } }, truths) => {
      const pages = truths.map((truth) => {
        const ids = [...truth.activities].sort(order).map(({ id }) => id)
        return { ids: ids.slice(0, first), hasNextPage: ids.length > first }
      })
      const ids = nodes.map((node: ActivityShown) => node.id)
      return (
        faultIn('the page', { ids, hasNextPage: pageInfo.hasNextPage }, pages) ??
        nodes.map((node: ActivityShown) => faultOfActivity(node, truths)).find(Boolean)
      )
    },
  }
}

function faultOfActivity(node: ActivityShown, truths: readonly Truth[]): string | undefined {
  const { id, date, durationSeconds, type, user, stereotype, timeSplit, nvaSummary, wasteTrend, annotations } = node
  const of = (truth: Truth) => truth.activities.find((activity) => activity.id === id)
  const own = { id, user_id: user.id, date, duration_seconds: durationSeconds, type, code: stereotype.code }
  return (
    faultIn(`activity ${id}`, own, truths.map(of)) ??
    faultIn(`timeSplit of ${id}`, timeSplit, truthsOf('time_split', `${user.id} ${date} ${id}`, truths)) ??
    faultIn(`nvaSummary of ${id}`, sumsOf(nvaSummary), truthsOf('nva_summary', `${user.id} ${date}`, truths)) ??
    (wasteTrend && faultOfTrend({ ...node, wasteTrend }, truths)) ??
    (annotations && faultOfSprints({ ...node, annotations }, truths))
  )
}

function faultOfTrend(
  { user, date, wasteTrend }: ActivityShown & { wasteTrend: Trend },
  truths: readonly Truth[],
): string | undefined {
  const key = `${user.id} ${weekStart(date)}`
  return faultInAll(
    new Map([[key, wasteTrend]]),
    truths.map(({ waste_trend: trends }) => new Map([...trends].filter(([each]) => each === key))),
    () => isMixedTrend(truths, user.id, weekStart(date), wasteTrend),
  )
}

function faultOfSprints(
  { id, user, date, annotations }: ActivityShown & { annotations: InSprint[] },
  truths: readonly Truth[],
): string | undefined {
  const inSprints = annotations.map(({ sprint, ...sums }) => [`${sprint.startDate} ${sprint.endDate}`, sums] as const)
  const dates = inSprints.map(([key]) => key).sort()
  return (
    faultIn(
      `sprints of ${id}`,
      dates,
      truths.map(({ sprints: all }) =>
        all
          .filter(({ start, end }) => isBetween(date, start, end))
          .map(({ start, end }) => `${start} ${end}`)
          .sort(),
      ),
    ) ??
    inSprints
      .map(([key, sums]) => {
        const [start = '', end = ''] = key.split(' ')
        const fault = faultIn(
          `sprint ${key} of ${id}`,
          sums,
          truths.map((truth) => sprintOf(truth, user.id, start, end)),
        )
        return fault && isMixedSprint(truths, user.id, start, end, sums) ? undefined : fault
      })
      .find(Boolean)
  )
}

function truthsOf(stage: 'time_split' | 'nva_summary', key: string, truths: readonly Truth[]): unknown[] {
  return truths.map((truth) => truth[stage].get(key))
}

/** Each key's value must be that of a state, each key for itself; and so must be its lack. */
function faultInAll<T>(
  shown: ReadonlyMap<string, T>,
  states: readonly ReadonlyMap<string, unknown>[],
  isMixed: (key: string, value: T) => boolean = () => false,
): string | undefined {
  const keys = new Set([...shown.keys(), ...states.flatMap((state) => [...state.keys()])])
  return [...keys]
    .map((key) => {
      const value = shown.get(key)
      const fault = faultIn(
        key,
        value,
        states.map((state) => state.get(key)),
      )
      return fault && value !== undefined && isMixed(key, value) ? undefined : fault
    })
    .find(Boolean)
}

function faultIn(what: string, shown: unknown, expected: readonly unknown[]): string | undefined {
  const texts = [...new Set(expected.map(textOf))]
  return texts.includes(textOf(shown)) ? undefined : `${what} is ${textOf(shown)}, not ${texts.join(' or ')}`
}

/** Rounded to where two ways of summing floats agree, whatever the order of the keys. */
function textOf(value: unknown): string {
  return JSON.stringify(value ?? null, (_, part: unknown) => {
    if (typeof part === 'number') return Number(part.toFixed(9)) + 0
    const isObject = typeof part === 'object' && part !== null && !Array.isArray(part)
    return isObject ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => compare(a, b))) : part
  })
}

function sumsOf({ nvaSecondsSum, vaSecondsSum, totalSum }: Sums): { nva: number; va: number; total: number } {
  return { nva: nvaSecondsSum, va: vaSecondsSum, total: totalSum }
}

function isBetween(date = '', from: string, to: string): boolean {
  return from <= date && date <= to
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

interface Sums {
  nvaSecondsSum: number
  vaSecondsSum: number
  totalSum: number
}

interface SummaryShown extends Sums {
  user: { id: string } | null
  period: string | null
}

interface TrendShown extends Trend {
  user: { id: string }
  weekStart: string
}

interface SprintShown {
  name: string
  startDate: string
  endDate: string
  summaries: (SprintSums & { user: { id: string } })[]
}

interface ActivityShown {
  id: string
  date: string
  durationSeconds: number
  type: string
  user: { id: string }
  stereotype: { code: string }
  timeSplit: object
  nvaSummary: Sums
  wasteTrend?: Trend
  annotations?: InSprint[]
}

type InSprint = SprintSums & { sprint: { startDate: string; endDate: string } }
