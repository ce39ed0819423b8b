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

/** A row of `time_entries`, as loosely typed as the table: anything but `updated_at` may be missing or wrong. */
export interface TimeEntry {
  readonly id: string | null
  readonly activity_date: string | null
  readonly duration_seconds: number | null
  readonly value_type: string | null
  readonly stereotype_id: number | null
  readonly user_id: number | null
  readonly updated_at: string
}

/** A row of `time_entries` before anything went wrong with it. */
export type CleanTimeEntry = { readonly [Column in keyof TimeEntry]: NonNullable<TimeEntry[Column]> }

/** Everything that the demo database holds, row by row as its tables have it. */
export interface Timesheets {
  readonly employees: readonly Employee[]
  readonly activityKinds: readonly ActivityKind[]
  readonly iterations: readonly Iteration[]
  readonly timeEntries: readonly TimeEntry[]
}
