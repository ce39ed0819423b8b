import type { ActivityRecord } from '../model/activity.ts'
import type { Problem } from '../model/problem.ts'
import type { SourceRow } from '../model/source-row.ts'

/**
 * A good row becomes a domain record; a bad one a list of everything that is wrong with it, and its day where that is known. One
 * that is no activity yet, or none at all, such as a clock that still runs, is skipped: it says why.
 */
export type Translation = { record: ActivityRecord } | Refusal | { skipped: string }

export interface Refusal {
  problems: Problem[]
  /** ISO. */
  date?: string | null
}

/**
 * All that the service knows of one kind of source: its columns, units and codes appear here and nowhere else.
 * Adapters are pure: they look at one row, and ask nobody.
 */
export interface SourceAdapter {
  /** The name that `SOURCE_<NAME>_ADAPTER` gives. */
  name: string
  /** Columns that must be there; a batch that lacks one in every row is refused whole. */
  columns: readonly string[]
  /** Of what type a database's columns must be, any of these; those that are not named may be of any. */
  types?: Readonly<Record<string, readonly ColumnType[]>>
  /**
   * The columns that hold the row's own key and its keys of a user, a stereotype and, if any, a project: problems name them.
   * Rows without a key of their own are known by the text of all columns named, and by how many equal ones came before.
   */
  keys: { id: string | readonly string[]; user: string; stereotype: string; project?: string }
  /** True where the source takes "ANN" and "ann" for one key (CITEXT, case-insensitive collations). Default false. */
  caselessKeys?: boolean
  translate(row: SourceRow): Translation
  /** How a database of it is read; without it, rows come out of files or through `ingestActivities`. */
  pull?: PullPlan
  /** What a row of a file says of its user, stereotype and project, where no other file does. */
  mentions?(row: SourceRow): Mentioned
}

/** One user, stereotype or project, as a plan's statements would give it. */
export interface Reference {
  external_id: string
  code: string
  name: string
  client?: string
}

export interface Mentioned {
  users?: Reference | undefined
  stereotypes?: Reference | undefined
  projects?: Reference | undefined
}

/** SQL that reads an external database, in words that all databases know which the adapter is for. It changes nothing. */
export interface PullPlan {
  /** The databases that run such a system. */
  databases: readonly DatabaseName[]
  /** The table or view of activity rows, or a query in parentheses. */
  table: string
  /**
   * SQL for when a row was last changed: a timestamp with or without a time zone, or a date. Rows that have none are
   * read by every pull, as nobody can tell whether they changed.
   */
  changedAt?: string
  /** Where the table doesn't say that at all: a pull reads the rows whose date lies so many days back, and after that. */
  rescan?: { date: string; days: number }
  /** SQL for a row's own key. */
  key: string
  /** True where times that are kept without a zone are in UTC; else they are in the zone of the database. */
  isUtc?: boolean
  /** Rows of `external_id`, `name`. */
  users: string
  /** Rows of `external_id`, `code`, `name`. */
  stereotypes: string
  /** Rows of `external_id`, `name` and, if it says for whom, `client`; read where the database has the table, if one is named. */
  projects?: { table: string | null; rows: string }
  /** Rows of `name`, `start_date`, `end_date`, and `external_id` where sprints have a key other than their name. */
  sprints?: string
}

/** What the types of all databases come to. */
export type ColumnType = 'number' | 'text' | 'date' | 'moment' | 'flag'

export type DatabaseName = 'postgres' | 'mysql'
