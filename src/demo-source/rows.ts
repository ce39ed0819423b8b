/** A row of `employees`. */
export interface Employee {
  readonly id: number
  readonly full_name: string
}

/** A row of `activity_kinds`. */
export interface ActivityKind {
  readonly id: number
  readonly code: string
  readonly label: string
}

/** A row of `iterations`. Both ends are ISO dates and belong to it. */
export interface Iteration {
  readonly id: number
  readonly title: string
  readonly starts_on: string
  readonly ends_on: string
}

/** A row of `projects`; without a client it is the company's own. */
export interface Project {
  readonly id: number
  readonly name: string
  readonly client: string | null
}

/** A row of `teams`. */
export interface Team {
  readonly id: number
  readonly name: string
}

/** A row of `team_members`. Both ends are ISO dates and belong to it; without an end somebody still is a member. */
export interface TeamMember {
  readonly team_id: number
  readonly employee_id: number
  readonly starts_on: string
  readonly ends_on: string | null
}

/** A row of `time_entries`, as loosely typed as the table: anything but `updated_at` may be missing or wrong. */
export interface TimeEntry {
  readonly id: string | null
  readonly activity_date: string | null
  readonly duration_seconds: number | null
  readonly value_type: string | null
  readonly stereotype_id: number | null
  readonly user_id: number | null
  readonly project_id: number | null
  readonly updated_at: string
}

/** A row of `time_entries` before anything went wrong with it. It need not be of a project. */
export type CleanTimeEntry = {
  readonly [Column in keyof TimeEntry]: Column extends 'project_id' ? TimeEntry[Column] : NonNullable<TimeEntry[Column]>
}

/** Everything that the demo database holds, row by row as its tables have it. */
export interface Timesheets {
  readonly employees: readonly Employee[]
  readonly activityKinds: readonly ActivityKind[]
  readonly iterations: readonly Iteration[]
  readonly projects: readonly Project[]
  readonly teams: readonly Team[]
  readonly teamMembers: readonly TeamMember[]
  readonly timeEntries: readonly TimeEntry[]
}
