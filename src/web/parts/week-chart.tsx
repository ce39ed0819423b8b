/** What charts of weeks have in common: which weeks, the axes, and what the table behind them says of each. */
import { axisX, axisY, gridY, type Markish, ruleY } from '@observablehq/plot'
import type { Selection } from '../model/address.ts'
import { addDays, dayName, daysIn, fullName, mondayOf, type Range, today, weeksUntil } from '../model/calendar.ts'
import { hours } from '../model/figures.ts'
import { Explained } from './link.tsx'
import type { Column } from './table.tsx'

/** So many weeks at least; as many as the period has where that is longer. */
const LEAST_WEEKS = 26

/** The Mondays that a trend shows: those up to now where the period is among them, else those up to its end. */
export function trendWeeks({ from, to }: Range, now = today()): string[] {
  const upToNow = weeksUntil(now, LEAST_WEEKS)
  if (from >= (upToNow[0] ?? from) && to <= addDays(upToNow.at(-1) ?? to, 6)) return upToNow
  return weeksUntil(to, Math.max(LEAST_WEEKS, Math.ceil(daysIn({ from: mondayOf(from), to }) / 7)))
}

/** A week as a period. */
export function weekOf(week: string): Range {
  return { from: week, to: addDays(week, 6) }
}

/** Seconds; null where the week has no time. */
interface Week {
  week: string
  nva: number | null
  total: number | null
}

export function weekColumns<Row extends Week>(selection: Selection): Column<Row>[] {
  return [
    {
      title: 'Week of',
      value: ({ week }) => week,
      show: ({ week }) => <time dateTime={week}>{fullName(week)}</time>,
      isHead: true,
    },
    {
      title: 'Hours lost',
      value: ({ nva }) => nva,
      show: ({ week, nva }) =>
        nva === null ? '–' : <Explained cell={{ ...selection, ...weekOf(week) }}>{hours(nva)}</Explained>,
      isNumber: true,
    },
    {
      title: 'Hours booked',
      value: ({ total }) => total,
      show: ({ total }) => (total === null ? '–' : hours(total)),
      isNumber: true,
    },
  ]
}

/** The grid and both axes; `say` is for the numbers of the upright one. */
export function weekAxes(width: number, say: (tick: number) => string): Markish[] {
  return [
    gridY({ stroke: 'var(--line)', strokeOpacity: 1 }),
    axisY({ tickFormat: (tick: number) => say(tick), tickSize: 0, ticks: 4 }),
    axisX({
      tickFormat: (date: Date) => dayName(date.toISOString().slice(0, 10)),
      tickSize: 0,
      ticks: Math.max(2, Math.floor(width / 110)),
    }),
    ruleY([0], { stroke: 'var(--quiet)' }),
  ]
}
