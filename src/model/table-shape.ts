/** A home-made table of people's time, as whoever runs the service describes it. */
import type { ActivityType } from './activity.ts'

/** In what a duration is kept; `clock` is text such as 1:30:00. */
export const DURATION_UNITS = ['seconds', 'minutes', 'hours', 'clock'] as const
export type DurationUnit = (typeof DURATION_UNITS)[number]

/** Which columns mean what. What is not given there isn't. */
export interface TableShape {
  /** The table or view; not of files. */
  name?: string
  /** Or a statement that gives the rows. */
  query?: string
  /** When a row was last changed. */
  changed?: string
  /** Without that: how many days back a pull reads, by the date. */
  rescanDays?: number
  /** Whether times without a zone are in UTC. */
  utc?: boolean
  id: string
  user: string
  kind: string
  project?: string
  /** The day; or else the day of a moment, by the clocks of a zone in another column. */
  date: string | { moment: string; zone?: string }
  duration: { column: string; unit: DurationUnit } | { from: string; to: string }
  /** Empty in a row that is none yet. */
  ended?: string
  billable?: string
  /** What codes of a column say of value. */
  value?: { column: string; codes: Readonly<Record<string, ActivityType>> }
  /** Statements for what rows refer to; without them it is called by its key. */
  users?: string
  kinds?: string
  projects?: string
  sprints?: string
}
