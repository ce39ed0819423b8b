import { FieldChecks, translated } from '../field-checks.ts'
import type { SourceAdapter } from '../source-adapter.ts'
import { nameOr } from './mentioned.ts'

/** The kind of what belongs to no task. */
const NO_TASK = 'No task'

/** What tells one service's detailed report as CSV from another's. */
export interface CsvReport {
  name: string
  /** Columns that together are known again: all that somebody types in, and when it was. */
  known: readonly string[]
  date: string
  /** As a clock shows it. */
  duration: string
  dateOf(checks: FieldChecks, column: string): string
}

/**
 * The adapter of a detailed report as CSV. An entry counts on its start date, as the report writes it, also past midnight, with its
 * duration; one of more than 24 hours is quarantined. Rows have no id: they are known by what they say, so one that is edited comes as
 * another. People are known by their e-mail address, kinds are tasks, or "No task"; what is billable adds value.
 */
export function csvReport({ name, known, date, duration, dateOf }: CsvReport): SourceAdapter {
  return {
    name,
    columns: ['Email', 'Project', date, duration],
    keys: { id: known, user: 'Email', stereotype: 'Task', project: 'Project' },
    caselessKeys: true,

    translate(row) {
      const checks = new FieldChecks(row)
      return translated(checks, {
        date: dateOf(checks, date),
        durationSeconds: checks.clock(duration),
        userKey: checks.key('Email'),
        stereotypeKey: checks.keyOrNone('Task') ?? NO_TASK,
        projectKey: checks.keyOrNone('Project'),
        billable: checks.flag('Billable'),
      })
    },

    mentions: ({ User, Email, Task, Project, Client }) => ({
      users: nameOr(Email, User),
      stereotypes: nameOr(Task ?? NO_TASK),
      projects: nameOr(Project, Project, Client),
    }),
  }
}
