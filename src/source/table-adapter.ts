/** A home-made table needs no code: its columns are described, and this is the adapter. */
import { ActivityType } from '../model/activity.ts'
import { ConfigError } from '../model/errors.ts'
import type { TableShape } from '../model/table-shape.ts'
import { nameOr } from './adapters/mentioned.ts'
import { FieldChecks, translated, usableKey } from './field-checks.ts'
import type { ColumnType, PullPlan, SourceAdapter } from './source-adapter.ts'

/** How far a pull looks back where rows don't say when they were changed. */
const RESCAN_DAYS = 60

/** @throws ConfigError where a statement must be given and isn't. */
export function tableAdapter(source: string, shape: TableShape): SourceAdapter {
  const { id, user, kind, project, ended } = shape
  return {
    name: 'table',
    columns: columnsOf(shape),
    types: typesOf(shape),
    keys: { id, user, stereotype: kind, ...(project && { project }) },

    translate(row) {
      if (ended && isNothing(row[ended])) return { skipped: 'It has not ended.' }
      const checks = new FieldChecks(row)
      return translated(checks, {
        externalId: checks.key(id),
        date: dateIn(checks, shape),
        durationSeconds: secondsIn(checks, shape),
        userKey: checks.key(user),
        stereotypeKey: checks.key(kind),
        projectKey: project && !isNothing(row[project]) ? checks.key(project) : null,
        ...(shape.billable && { billable: checks.flag(shape.billable) }),
        ...(shape.value && {
          type: checks.valueType(shape.value.column, shape.value.codes, ActivityType.NON_VALUE_ADD),
        }),
      })
    },

    mentions: (row) => ({
      users: nameOr(usableKey(row, user)),
      stereotypes: nameOr(usableKey(row, kind)),
      projects: project ? nameOr(usableKey(row, project)) : undefined,
    }),

    pull: planOf(source, shape),
  }
}

function columnsOf({ id, user, kind, project, date, duration, ended, billable, value }: TableShape): string[] {
  const columns = [
    ...[id, user, kind, project, ended, billable, value?.column],
    ...(typeof date === 'string' ? [date] : [date.moment, date.zone]),
    ...('unit' in duration ? [duration.column] : [duration.from, duration.to]),
  ]
  return [...new Set(columns.flatMap((column) => column ?? []))]
}

/** Text is right, too, for what checks read from text. */
function typesOf({ date, duration }: TableShape): Record<string, ColumnType[]> {
  return {
    ...(typeof date === 'string' && { [date]: ['date', 'text'] as ColumnType[] }),
    ...('unit' in duration && { [duration.column]: [duration.unit === 'clock' ? 'text' : 'number'] as ColumnType[] }),
  }
}

function dateIn(checks: FieldChecks, { date }: TableShape): string {
  return typeof date === 'string' ? checks.date(date) : checks.localDay(date.moment, date.zone)
}

function secondsIn(checks: FieldChecks, { duration }: TableShape): number {
  return 'unit' in duration ? checks[duration.unit](duration.column) : checks.span(duration.from, duration.to)
}

function planOf(source: string, shape: TableShape): PullPlan {
  const { name, query, changed, date, utc = false } = shape
  const table = query ? `(${query})` : (name ?? source)
  const distinct = (setting: 'users' | 'kinds' | 'projects', column: string, as: readonly string[]) => {
    const statement = shape[setting]
    if (statement) return statement
    if (!PLAIN.test(column)) {
      throw new ConfigError(
        `Source "${source}": table.${setting} must be given, as "${column}" is no name that SQL takes as it is.`,
      )
    }
    const names = as.map((alias) => `${qualified(column)} AS ${alias}`).join(', ')
    return `SELECT DISTINCT ${names} FROM ${table} source_rows WHERE ${qualified(column)} IS NOT NULL ORDER BY 1`
  }
  return {
    databases: ['postgres', 'mysql'],
    table,
    ...(changed
      ? { changedAt: qualified(changed) }
      : {
          rescan: {
            date: qualified(typeof date === 'string' ? date : date.moment),
            days: shape.rescanDays ?? RESCAN_DAYS,
          },
        }),
    isUtc: utc,
    key: qualified(shape.id),
    users: distinct('users', shape.user, ['external_id', 'name']),
    stereotypes: distinct('kinds', shape.kind, ['external_id', 'code', 'name']),
    ...(shape.project && {
      projects: { table: null, rows: distinct('projects', shape.project, ['external_id', 'name']) },
    }),
    ...(shape.sprints && { sprints: shape.sprints }),
  }
}

const PLAIN = /^[A-Za-z_]\w*$/

/** A column by its table, so that it may be called as SQL calls something else, such as `user`; else what is given. */
function qualified(column: string): string {
  return PLAIN.test(column) ? `source_rows.${column}` : column
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === ''
}
