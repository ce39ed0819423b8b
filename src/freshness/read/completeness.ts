/** What numbers leave out: rows that wait in quarantine, counted by whose they are and by their days. */
import { fencedLookUp, type Sql } from '../../cache/database.ts'
import type { Subject } from '../../model/subject.ts'
import { distinctWindows, type Window, windowColumns } from '../../model/window.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { windowsAt } from '../slices/slice-sql.ts'
import { type Grouping, groupColumns, type TotalsRow, teamsOf } from './rollups.ts'

/** How many rows wait that belong to a window. */
export async function quarantinedIn(
  sql: Sql,
  subject: Subject,
  windows: readonly Window[],
): Promise<(Window & { count: number })[]> {
  return sql(
    `WITH ${windowsAt('windows')}
     SELECT windows.subject_id AS "subjectId", first_date AS from, last_date AS to, count(*) AS count
     FROM windows ${waiting(subject)}
     GROUP BY 1, 2, 3`,
    windowColumns(distinctWindows(windows)),
  )
}

/** How many wait that belong to groups of a stage's sums. */
export async function quarantinedByGroup(
  sql: Sql,
  { subject, period }: Stage,
  by: Grouping,
  windows: readonly Window[],
): Promise<(Omit<TotalsRow, 'sums'> & { count: number })[]> {
  const start = period.kind === 'calendar' ? period.sql.startOf('q.date') : 'first_date'
  return sql(
    `WITH ${windowsAt('windows')}
     SELECT ${groupColumns(by, 'windows.subject_id', start)}, count(*) AS count
     FROM windows ${waiting(subject)} ${teamsOf(by, 'windows.subject_id', start)}
     GROUP BY 1, 2, 3`,
    windowColumns(distinctWindows(windows)),
  )
}

/** How many wait that belong to a stereotype, by its id. */
export async function quarantinedByStereotype(
  sql: Sql,
  subject: Subject,
  windows: readonly Window[],
): Promise<Map<string, number>> {
  const rows = await sql<{ id: string; count: number }>(
    `WITH ${windowsAt('windows')}
     SELECT stereotype.id, count(*) AS count
     FROM windows ${waiting(subject)}
     JOIN stereotype ON stereotype.source = whose.source AND stereotype.external_id = q.stereotype_key
     GROUP BY 1`,
    windowColumns(distinctWindows(windows)),
  )
  return new Map(rows.map(({ id, count }) => [id, count]))
}

/** How many wait in all that may belong to these users and days: those that do, and those of which nobody can tell. */
export async function completenessOf(
  sql: Sql,
  userIds: readonly string[],
  { from, to }: { from: string; to: string },
): Promise<{ quarantinedRows: number; unattributedRows: number }> {
  const [counts] = await sql<{ quarantinedRows: number; unattributedRows: number }>(
    `SELECT count(*) FILTER (WHERE u.id IS NOT NULL AND q.date IS NOT NULL) AS "quarantinedRows",
       count(*) FILTER (WHERE u.id IS NULL OR q.date IS NULL) AS "unattributedRows"
     FROM quarantined_row q LEFT JOIN app_user u ON u.source = q.source AND u.external_id = q.user_key
     WHERE q.status = 'OPEN' AND (q.date IS NULL OR q.date BETWEEN $1 AND $2) AND (u.id IS NULL OR u.id = ANY ($3::uuid[]))`,
    [from, to, userIds],
  )
  return counts ?? { quarantinedRows: 0, unattributedRows: 0 }
}

/** SQL for the rows that belong to windows, a relation, as `q`: what stands behind it. */
export function waiting({ table, name }: Subject): string {
  return `JOIN ${table} whose ON whose.id = windows.subject_id
     CROSS JOIN ${fencedLookUp(`SELECT date, stereotype_key, project_key FROM quarantined_row
       WHERE status = 'OPEN' AND source = whose.source AND ${name}_key = whose.external_id
         AND date BETWEEN first_date AND last_date`)} q`
}
