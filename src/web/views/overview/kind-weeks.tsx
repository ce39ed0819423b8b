/** Each kind of activity by weeks, small and side by side, on one scale. */
import { axisFx, axisX, barY, type Markish, ruleY } from '@observablehq/plot'
import { useAnswer } from '../../data/use-answer.ts'
import { filterOf } from '../../model/address.ts'
import { addDays, dayName, fullName } from '../../model/calendar.ts'
import { hours, shortened } from '../../model/figures.ts'
import { Chart } from '../../parts/chart.tsx'
import { Explained } from '../../parts/link.tsx'
import { Section } from '../../parts/section.tsx'
import { trendWeeks, weekOf } from '../../parts/week-chart.tsx'
import { type HeadlineQuery, KindWeeksDocument } from '../../queries.ts'
import { kindName } from './moves.ts'
import type { About } from './overview.tsx'

const MOST_KINDS = 6

interface Point {
  week: string
  code: string
  name: string
  nva: number
}

export function KindWeeks({ period, selection, kinds = [] }: About & { kinds?: HeadlineQuery['kindsNow']['nodes'] }) {
  const shown = kinds.filter(({ nvaSeconds }) => Number(nvaSeconds) > 0).slice(0, MOST_KINDS)
  const names = new Map(shown.map((kind) => [kind.stereotypeCode ?? '', kindName(kind)]))
  const weeks = trendWeeks(period)
  const asked = useAnswer(
    KindWeeksDocument,
    names.size > 0
      ? {
          from: weeks[0] ?? period.from,
          to: addDays(weeks.at(-1) ?? period.to, 6),
          filter: { ...filterOf(selection), stereotypeCodes: [...names.keys()] },
        }
      : null,
  )
  const points = (asked.data?.waste.nodes ?? []).map(({ week, stereotypeCode, nvaSeconds }): Point => {
    const code = stereotypeCode ?? ''
    return { week: week ?? '', code, name: names.get(code) ?? code, nva: Number(nvaSeconds ?? 0) }
  })
  const draw = (width: number) => ({
    height: width < 500 ? 130 : 160,
    marginTop: 26,
    marginLeft: 8,
    marginRight: 8,
    x: { domain: weeks, label: null, axis: null },
    y: { label: null, axis: null, zero: true },
    fx: { domain: [...names.keys()], label: null, padding: 0.08 },
    marks: marksOf(points, weeks, { names, width }),
  })
  if (names.size === 0) return null
  return (
    <Section
      title="Each kind by week"
      note={`Hours without value in ${weeks.length} weeks, the ${names.size === 1 ? 'one kind' : `${names.size} kinds`} that cost most in these days; one scale for all.`}
      asked={asked}
      height={12}
    >
      {() => (
        <Chart
          label={`Hours without value by kind and week: ${[...names.values()].join(', ')}`}
          draw={draw}
          rows={points}
          file="kinds-by-week"
          columns={[
            {
              title: 'Week of',
              value: ({ week }) => week,
              show: ({ week }) => <time dateTime={week}>{fullName(week)}</time>,
              isHead: true,
            },
            { title: 'Kind', value: ({ name }) => name },
            {
              title: 'Hours lost',
              value: ({ nva }) => nva,
              show: ({ week, code, nva }) => (
                <Explained cell={{ ...selection, ...weekOf(week), kind: code }}>{hours(nva)}</Explained>
              ),
              isNumber: true,
            },
          ]}
        />
      )}
    </Section>
  )
}

interface Drawn {
  /** Of kinds, by their codes: several may have one name. */
  names: ReadonlyMap<string, string>
  width: number
}

function marksOf(points: readonly Point[], weeks: readonly string[], { names, width }: Drawn): Markish[] {
  const room = Math.max(3, Math.floor(width / names.size / 8))
  return [
    axisFx({
      tickSize: 0,
      anchor: 'top',
      tickFormat: (code: string) => shortened(names.get(code) ?? code, room),
      fontWeight: 600,
    }),
    barY(points, {
      x: 'week',
      y: (point: Point) => point.nva / 3600,
      fx: 'code',
      fill: 'var(--bar)',
      insetLeft: 0.5,
      insetRight: 0.5,
      title: (point: Point) => `${point.name}, week of ${fullName(point.week)}: ${hours(point.nva)} hours`,
    }),
    ruleY([0], { stroke: 'var(--quiet)' }),
    ...(width < 500
      ? []
      : [axisX([weeks[0] ?? '', weeks.at(-1) ?? ''], { tickSize: 0, tickFormat: (week: string) => dayName(week) })]),
  ]
}
