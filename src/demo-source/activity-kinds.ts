import type { ActivityKind } from './rows.ts'

/** What an employee can book time on, by code. */
export const kindsByCode = {
  coding: { id: 1, code: 'coding', label: 'Coding' },
  review: { id: 2, code: 'review', label: 'Code review' },
  meeting: { id: 3, code: 'meeting', label: 'Meeting' },
  rework: { id: 4, code: 'rework', label: 'Rework' },
  waiting: { id: 5, code: 'waiting', label: 'Waiting for a build or an approval' },
  on_call: { id: 6, code: 'on_call', label: 'On call' },
  planning: { id: 7, code: 'planning', label: 'Planning' },
  support: { id: 8, code: 'support', label: 'Customer support' },
  documentation: { id: 9, code: 'documentation', label: 'Documentation' },
  pto: { id: 10, code: 'pto', label: 'Paid time off' },
} as const satisfies Record<string, ActivityKind>

/** The code of an activity kind. */
export type ActivityCode = keyof typeof kindsByCode

/** All codes, in the order of their kinds' ids. */
export const activityCodes: readonly ActivityCode[] = Object.values(kindsByCode).map(({ code }) => code)
