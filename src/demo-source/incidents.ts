import type { ActivityCode } from './activity-kinds.ts'

/** A bad week for a few people: their waste jumps, and mostly into one kind of activity. */
export interface Incident {
  /** 0 is the week of today, 1 the last full week. */
  readonly weeksAgo: number
  readonly employeeIds: readonly number[]
  readonly kind: ActivityCode
  /** How much of the week's time goes to waste beyond the usual, from 0 to 1. */
  readonly lift: number
}

const incidents: readonly Incident[] = [
  // A reorganisation: talks all week for a lead and a developer.
  { weeksAgo: 8, employeeIds: [10, 19], kind: 'meeting', lift: 0.17 },
  // A bad release, patched for days.
  { weeksAgo: 3, employeeIds: [6, 15], kind: 'rework', lift: 0.19 },
  // A broken build.
  { weeksAgo: 1, employeeIds: [3, 11], kind: 'waiting', lift: 0.18 },
]

/** The incident that hit somebody in a week, if any. */
export function incidentOf(employeeId: number, weeksAgo: number): Incident | undefined {
  return incidents.find((incident) => incident.weeksAgo === weeksAgo && incident.employeeIds.includes(employeeId))
}
