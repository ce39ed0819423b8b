import type { ActivityCode } from './activity-kinds.ts'
import type { ProjectCode } from './projects.ts'

/** A bad week for a few people: their waste jumps, and mostly into one kind of activity on one project. */
export interface Incident {
  /** 0 is the week of today, 1 the last full week. */
  readonly weeksAgo: number
  readonly employeeIds: readonly number[]
  readonly kind: ActivityCode
  readonly project: ProjectCode
  /** How much of the week's time goes to waste beyond the usual, from 0 to 1. */
  readonly lift: number
}

const incidents: readonly Incident[] = [
  // A payment provider that answers nobody.
  { weeksAgo: 45, employeeIds: [2, 5], kind: 'waiting', project: 'web_shop', lift: 0.18 },
  // An app that its store refuses, twice.
  { weeksAgo: 41, employeeIds: [9, 14], kind: 'rework', project: 'loyalty_app', lift: 0.19 },
  { weeksAgo: 37, employeeIds: [9, 14], kind: 'rework', project: 'loyalty_app', lift: 0.11 },
  // An audit.
  { weeksAgo: 33, employeeIds: [17, 21], kind: 'meeting', project: 'build_platform', lift: 0.18 },
  // A price list that was wrong: everybody calls.
  { weeksAgo: 28, employeeIds: [8, 15, 23], kind: 'rework', project: 'service_desk', lift: 0.18 },
  // A warehouse that moves, and its interfaces with it.
  { weeksAgo: 23, employeeIds: [4, 7], kind: 'rework', project: 'parcel_tracking', lift: 0.19 },
  // The end of parcel tracking: who does what from now on.
  { weeksAgo: 17, employeeIds: [1, 24], kind: 'meeting', project: 'returns_portal', lift: 0.18 },
  // A new data centre, late.
  { weeksAgo: 13, employeeIds: [16, 22], kind: 'waiting', project: 'build_platform', lift: 0.18 },
  // A reorganisation: talks all week for a lead and a developer, and some more later.
  { weeksAgo: 8, employeeIds: [10, 19], kind: 'meeting', project: 'loyalty_app', lift: 0.17 },
  { weeksAgo: 4, employeeIds: [10, 19], kind: 'meeting', project: 'loyalty_app', lift: 0.11 },
  // A bad release, patched for days.
  { weeksAgo: 3, employeeIds: [6, 15], kind: 'rework', project: 'loyalty_app', lift: 0.19 },
  // A broken build.
  { weeksAgo: 1, employeeIds: [3, 11], kind: 'waiting', project: 'returns_portal', lift: 0.18 },
]

/** The incident that hit somebody in a week, if any. */
export function incidentOf(employeeId: number, weeksAgo: number): Incident | undefined {
  return incidents.find((incident) => incident.weeksAgo === weeksAgo && incident.employeeIds.includes(employeeId))
}
