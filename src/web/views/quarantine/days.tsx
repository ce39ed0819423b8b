/** When rows were refused first, by day. */
import { axisX, axisY, gridY, type Markish, rectY, ruleY } from '@observablehq/plot'
import type { Asked } from '../../data/use-answer.ts'
import { addDays, dayName, fullName } from '../../model/calendar.ts'
import { count } from '../../model/figures.ts'
import { type DayCount, type Desk, daily, deskWords } from '../../model/quarantine.ts'
import { Chart } from '../../parts/chart.tsx'
import { Section } from '../../parts/section.tsx'
import type { QuarantineGroupsQuery } from '../../queries.ts'
import { isChosen } from './groups.tsx'

export function Days({ asked, desk }: { asked: Asked<QuarantineGroupsQuery>; desk: Desk }) {
  const groups = asked.data?.quarantineSummary ?? []
  if (asked.data && groups.length === 0) return null
  // Groups are of all batches.
  const words = deskWords({ ...desk, batch: undefined })
  const last = new Date(asked.now).toISOString().slice(0, 10)
  const days = daily(groups, last, desk.days, (group) => isChosen(group, desk))
  const draw = (width: number) => ({
    height: 160,
    marginLeft: 44,
    marginRight: 16,
    x: { type: 'utc' as const, label: null, domain: [at(days[0]?.date ?? last), at(addDays(last, 1))] },
    y: { zero: true, label: null, nice: true, domain: [0, Math.max(4, ...days.map(sumOf))] },
    marks: marksOf(days, width),
  })
  return (
    <Section
      title="When rows came that were refused"
      note="By the day on which they were first seen, in UTC, whatever became of them. A row with several problems counts once for each."
      asked={{ ...asked, error: null }}
      height={14}
    >
      {() => (
        <>
          {words && (
            <p class="legend">
              <span>
                <span class="key waste" /> {words}
              </span>
              <span>
                <span class="key others" /> all others, above
              </span>
            </p>
          )}
          <Chart
            label={`Problems of rows first seen in the ${desk.days} days to ${fullName(last)}`}
            draw={draw}
            rows={days}
            file="quarantine-days"
            columns={[
              { title: 'Day', value: ({ date }) => date, show: ({ date }) => fullName(date), isHead: true },
              ...(words
                ? [{ title: words, value: ({ chosen }: DayCount) => chosen, show: chosenOf, isNumber: true }]
                : []),
              { title: 'All', value: sumOf, show: (day) => count(sumOf(day)), isNumber: true },
            ]}
          />
        </>
      )}
    </Section>
  )
}

function chosenOf({ chosen }: DayCount): string {
  return count(chosen)
}

function sumOf({ chosen, others }: DayCount): number {
  return chosen + others
}

function at(date: string): Date {
  return new Date(date)
}

function marksOf(days: readonly DayCount[], width: number): Markish[] {
  const bar = {
    x1: ({ date }: DayCount) => at(date),
    x2: ({ date }: DayCount) => at(addDays(date, 1)),
    insetLeft: 0.5,
    insetRight: 0.5,
    title: ({ date, chosen, others }: DayCount) =>
      `${fullName(date)}: ${count(chosen + others)}${others > 0 && chosen > 0 ? `, of these ${count(chosen)} as chosen` : ''}`,
  }
  const step = Math.ceil(days.length / Math.max(2, Math.floor(width / 110)))
  return [
    gridY({ stroke: 'var(--line)', strokeOpacity: 1 }),
    axisY({ tickSize: 0, ticks: 3 }),
    axisX({
      tickFormat: (date: Date) => dayName(date.toISOString().slice(0, 10)),
      tickSize: 0,
      ticks: days.filter((_, index) => (days.length - 1 - index) % step === 0).map(({ date }) => at(date)),
    }),
    rectY(days, { ...bar, y1: 0, y2: 'chosen', fill: 'var(--bar)' }),
    rectY(days, { ...bar, y1: 'chosen', y2: sumOf, fill: 'var(--line)', stroke: 'var(--edge)' }),
    ruleY([0], { stroke: 'var(--quiet)' }),
  ]
}
