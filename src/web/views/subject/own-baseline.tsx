/** Its weeks against its own past: the band is the mean of the 8 weeks before, one standard deviation up and down. */
import { areaY, dot, lineY, type Markish } from '@observablehq/plot'
import { useAnswer } from '../../data/use-answer.ts'
import { filterOf } from '../../model/address.ts'
import { type AgainstBaseline, againstBaseline } from '../../model/baseline.ts'
import { addDays, fullName, mondayOf, today } from '../../model/calendar.ts'
import { count, percent } from '../../model/figures.ts'
import { Chart } from '../../parts/chart.tsx'
import { useAddress } from '../../parts/link.tsx'
import { Section } from '../../parts/section.tsx'
import { trendWeeks, weekAxes, weekColumns, weekOf } from '../../parts/week-chart.tsx'
import { PeopleWeeksDocument, type PeopleWeeksQuery, WeeksDocument, type WeeksQuery } from '../../queries.ts'
import type { Part } from '../overview/breakdown.tsx'
import type { About } from '../overview/overview.tsx'

const WEEKS_BEFORE = 8

type Unit = 'share' | 'hours'

interface Point extends AgainstBaseline {
  nva: number | null
  total: number | null
  isUnfinished: boolean
}

export function OwnBaseline({ period, selection, of }: About & { of: Part }) {
  const { here } = useAddress()
  const weeks = trendWeeks(period)
  const range = { from: addDays(weeks[0] ?? period.from, -7 * WEEKS_BEFORE), to: addDays(weeks.at(-1) ?? period.to, 6) }
  const asked = useAnswer(WeeksDocument, { ...range, filter: filterOf(selection) })
  // What the stage says of a person counts; it knows of all of the person's time alone.
  const isOwnStage = of === 'person' && !selection.team && !selection.project && !selection.kind
  const trends = useAnswer(PeopleWeeksDocument, isOwnStage ? { ...range, userIds: [selection.person ?? ''] } : null)
  // All time of a kind may be without value: then its hours say what its share doesn't.
  const unit: Unit = of === 'kind' ? 'hours' : 'share'
  const say = (value: number | null) => (unit === 'share' ? percent(value, 1) : value === null ? '–' : count(value, 1))
  const points = pointsOf(weeks, unit, asked.data, trends.data)
  const draw = (width: number) => ({
    height: width < 500 ? 200 : 260,
    marginLeft: 44,
    x: { type: 'utc' as const, label: null },
    y: { zero: true, nice: true, label: null },
    marks: marksOf(points, { width, say, unit }, (week) => here({ ...weekOf(week), period: null, until: null })),
  })
  return (
    <Section
      title="Against its own past"
      note={`${unit === 'share' ? 'Share of each week' : 'Hours of each week'} without value; the band is the mean of the 8 weeks before it, one standard deviation up and down. Filled points are at least 2 above.`}
      asked={asked}
      height={17}
    >
      {() => (
        <Chart
          label={`Time without value by week, against the 8 weeks before each, to ${fullName(range.to)}`}
          draw={draw}
          rows={points}
          file="weeks-against-own-past"
          columns={[
            ...weekColumns<Point>(selection),
            {
              title: unit === 'share' ? 'Share' : 'Hours',
              value: ({ value }) => value,
              show: ({ value }) => say(value),
              isNumber: true,
            },
            { title: 'Usually', value: ({ mean }) => mean, show: ({ mean }) => say(mean), isNumber: true },
            {
              title: 'z-score',
              value: ({ zScore }) => zScore,
              show: ({ zScore }) => (zScore === null ? '–' : count(zScore, 1)),
              isNumber: true,
            },
            {
              title: 'Stands out',
              value: ({ isFlagged }) => isFlagged,
              show: ({ isFlagged }) => (isFlagged ? '▲' : ''),
            },
          ]}
        />
      )}
    </Section>
  )
}

function pointsOf(
  weeks: readonly string[],
  unit: Unit,
  data: WeeksQuery | undefined,
  trends: PeopleWeeksQuery | undefined,
): Point[] {
  const sums = new Map(data?.waste.nodes.map((node) => [node.week, node]))
  const stage = new Map(trends?.wasteTrends.map((trend) => [trend.weekStart, trend]))
  const [first = ''] = weeks
  const before = Array.from({ length: WEEKS_BEFORE }, (_, index) => addDays(first, -7 * (WEEKS_BEFORE - index)))
  const unfinished = mondayOf(today())
  const all = againstBaseline([...before, ...weeks].map((week) => ({ week, value: valueOf(sums.get(week), unit) })))
  return all.slice(WEEKS_BEFORE).map((point) => {
    const own = sums.get(point.week)
    const trend = stage.get(point.week)
    const isUnfinished = point.week >= unfinished
    const said = trend ? { mean: trend.baselineMean, zScore: trend.zScore, isFlagged: trend.flagged } : {}
    const shown = { ...point, ...said }
    return {
      ...shown,
      isFlagged: shown.isFlagged && !isUnfinished,
      nva: own ? Number(own.nvaSeconds) : null,
      total: own ? Number(own.totalSeconds) : null,
      isUnfinished,
    }
  })
}

interface Drawn {
  width: number
  say: (value: number | null) => string
  unit: Unit
}

function valueOf(sums: WeeksQuery['waste']['nodes'][number] | undefined, unit: Unit): number | null {
  if (!sums) return null
  return unit === 'share' ? sums.wasteRatio : Number(sums.nvaSeconds) / 3600
}

function marksOf(points: readonly Point[], { width, say, unit }: Drawn, href: (week: string) => string): Markish[] {
  const x = ({ week }: Point) => new Date(week)
  const edge = (sign: number) => (point: Point) =>
    point.mean === null ? null : Math.max(0, point.mean + sign * (point.deviation ?? 0))
  return [
    areaY(points, { x, y1: edge(-1), y2: edge(1), fill: 'var(--steel)', fillOpacity: 0.22 }),
    ...weekAxes(width, unit === 'share' ? percent : String),
    lineY(points, { x, y: 'mean', stroke: 'var(--steel)', strokeDasharray: '4 3' }),
    lineY(points, { x, y: 'value', stroke: 'var(--bar)', strokeWidth: 2 }),
    dot(points, {
      x,
      y: 'value',
      r: ({ isFlagged }: Point) => (isFlagged ? 6 : 3.5),
      fill: ({ isFlagged }: Point) => (isFlagged ? 'var(--flag)' : 'var(--paper)'),
      stroke: ({ isFlagged }: Point) => (isFlagged ? 'var(--flag)' : 'var(--bar)'),
      strokeWidth: 1.5,
      href: ({ week }: Point) => href(week),
      title: ({ week, value, mean, zScore, isUnfinished }: Point) =>
        `Week of ${fullName(week)}${isUnfinished ? ' (so far)' : ''}: ${say(value)}, usually ${say(mean)}${zScore === null ? '' : `, z-score ${count(zScore, 1)}`}`,
    }),
  ]
}
