/** Whether it gets worse: half a year by weeks, and the half year before it beside that. */
import { dot, lineY, type Markish, rectY, text } from '@observablehq/plot'
import { useAnswer } from '../../data/use-answer.ts'
import { filterOf } from '../../model/address.ts'
import { addDays, fullName, mondayOf, today } from '../../model/calendar.ts'
import { hours, percent } from '../../model/figures.ts'
import { Chart } from '../../parts/chart.tsx'
import { Choice } from '../../parts/choice.tsx'
import { useAddress } from '../../parts/link.tsx'
import { Section } from '../../parts/section.tsx'
import { trendWeeks, weekAxes, weekColumns, weekOf } from '../../parts/week-chart.tsx'
import { WeeksDocument, type WeeksQuery } from '../../queries.ts'
import type { About } from './overview.tsx'

type Metric = 'share' | 'hours'

interface WeekPoint {
  week: string
  ratio: number | null
  nva: number | null
  total: number | null
  formerWeek: string
  formerRatio: number | null
  formerNva: number | null
}

export function Trend({ period, selection }: About) {
  const { params, here, change } = useAddress()
  const weeks = trendWeeks(period)
  const metric: Metric = params.get('metric') === 'hours' ? 'hours' : 'share'
  const asked = useAnswer(WeeksDocument, {
    from: addDays(weeks[0] ?? period.from, -7 * weeks.length),
    to: addDays(weeks.at(-1) ?? period.to, 6),
    filter: filterOf(selection),
  })
  const points = pointsOf(weeks, asked.data)
  const draw = (width: number) => ({
    height: width < 500 ? 200 : 260,
    marginLeft: 44,
    marginRight: 16,
    x: { type: 'utc' as const, label: null },
    y: { zero: true, label: null, nice: true },
    marks: marksOf(points, metric, {
      period,
      href: (week) => here({ ...weekOf(week), period: null, until: null }),
      width,
    }),
  })
  return (
    <Section
      title="Is it getting worse?"
      note={`${metric === 'hours' ? 'Hours' : 'Share of time'} without value, by week; the ${weeks.length} weeks before in grey. Choose a week to look at it.`}
      asked={asked}
      height={17}
      actions={
        <Choice
          label="Shown as"
          value={metric}
          options={[
            ['share', 'Share'],
            ['hours', 'Hours'],
          ]}
          choose={(value) => change({ metric: value === 'share' ? null : value })}
        />
      }
    >
      {() => (
        <Chart
          label={`Time without value, ${weeks.length} weeks to ${fullName(weeks.at(-1) ?? period.to)}`}
          draw={draw}
          rows={points}
          file="weeks"
          columns={[
            ...weekColumns<WeekPoint>(selection),
            { title: 'Share', value: ({ ratio }) => ratio, show: ({ ratio }) => percent(ratio, 1), isNumber: true },
            {
              title: 'Then: week of',
              value: ({ formerWeek }) => formerWeek,
              show: ({ formerWeek }) => <time dateTime={formerWeek}>{fullName(formerWeek)}</time>,
            },
            {
              title: 'Then: share',
              value: ({ formerRatio }) => formerRatio,
              show: ({ formerRatio }) => percent(formerRatio, 1),
              isNumber: true,
            },
          ]}
        />
      )}
    </Section>
  )
}

function pointsOf(weeks: readonly string[], data: WeeksQuery | undefined): WeekPoint[] {
  const sums = new Map(data?.waste.nodes.map((node) => [node.week, node]))
  return weeks.map((week) => {
    const formerWeek = addDays(week, -7 * weeks.length)
    const [now, then] = [sums.get(week), sums.get(formerWeek)]
    return {
      week,
      ratio: now?.wasteRatio ?? null,
      nva: now ? Number(now.nvaSeconds) : null,
      total: now ? Number(now.totalSeconds) : null,
      formerWeek,
      formerRatio: then?.wasteRatio ?? null,
      formerNva: then ? Number(then.nvaSeconds) : null,
    }
  })
}

interface Drawn {
  period: About['period']
  href: (week: string) => string
  width: number
}

function marksOf(points: readonly WeekPoint[], metric: Metric, { period, href, width }: Drawn): Markish[] {
  const day = (date: string) => new Date(date)
  const value = (point: WeekPoint) => (metric === 'share' ? point.ratio : hoursOf(point.nva))
  const former = (point: WeekPoint) => (metric === 'share' ? point.formerRatio : hoursOf(point.formerNva))
  const say = (point: WeekPoint) => (metric === 'share' ? percent(point.ratio) : hours(point.nva))
  const x = (point: WeekPoint) => day(point.week)
  const unfinished = mondayOf(today())
  const chosen = { x1: day(period.from), x2: day(addDays(period.to, 1)) }
  const highest = Math.max(0, ...points.flatMap((point) => [value(point) ?? 0, former(point) ?? 0]))
  return [
    rectY([chosen], { x1: 'x1', x2: 'x2', y1: 0, y2: highest, fill: 'var(--chosen)' }),
    ...weekAxes(width, metric === 'share' ? percent : String),
    lineY(points, {
      x,
      y: former,
      stroke: 'var(--quiet)',
      strokeOpacity: 0.55,
      strokeDasharray: '3 3',
      strokeWidth: 1.5,
    }),
    lineY(points, { x, y: value, stroke: 'var(--bar)', strokeWidth: 2.25 }),
    dot(points, {
      x,
      y: value,
      r: 4,
      fill: (point: WeekPoint) => (point.week >= unfinished ? 'var(--paper)' : 'var(--bar)'),
      stroke: 'var(--bar)',
      strokeWidth: 2,
      href: (point: WeekPoint) => href(point.week),
      title: (point: WeekPoint) =>
        `Week of ${fullName(point.week)}${point.week >= unfinished ? ' (so far)' : ''}: ${hours(point.nva)} of ${hours(point.total)} hours, ${percent(point.ratio, 1)}`,
    }),
    text(points.slice(-1), { x, y: value, text: say, dy: -12, fill: 'var(--ink)', fontWeight: 600 }),
  ]
}

function hoursOf(seconds: number | null): number | null {
  return seconds === null ? null : seconds / 3600
}
