import { isoDate } from './calendar.ts'
import type { Iteration } from './rows.ts'

const iterationDays = 14

/** Two-week sprints one after another, from a Monday on, numbered from 1. */
export function iterationsFrom(firstMonday: number, count: number): Iteration[] {
  return Array.from({ length: count }, (_, index) => {
    const start = firstMonday + index * iterationDays
    return {
      id: index + 1,
      title: `Sprint ${index + 1}`,
      starts_on: isoDate(start),
      ends_on: isoDate(start + iterationDays - 1),
    }
  })
}
