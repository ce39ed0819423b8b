/** What became of activities between two moments: whatever moved a number that was read at the first. */
import type { ActivityType } from '../model/activity.ts'
import type { Sql } from './database.ts'
import { revisionSql } from './past.ts'
import type { SourceMoment } from './revisions.ts'

/** An activity came late, is something else now, or is gone. */
export type EditKind = 'LATE_ROWS' | 'EDITED_ROWS' | 'REMOVED_ROWS'

/** What an activity was at a moment; its seconds are 0 where it was PTO. */
export interface EditedState {
  date: string
  durationSeconds: number
  type: ActivityType
  stereotypeCode: string
  userId: string
  batchId: string | null
  rowIndex: number | null
  nvaSeconds: number
  totalSeconds: number
}

export interface Edit {
  activityId: string
  source: string
  externalId: string
  kind: EditKind
  before: EditedState | null
  after: EditedState | null
  /** By how much it moved the sums. */
  nvaSeconds: number
  totalSeconds: number
}

export interface EditsAsked {
  before: readonly SourceMoment[]
  /** Null: now. */
  after: readonly SourceMoment[] | null
  from: string
  to: string
  userIds: readonly string[]
  /** SQL for what else must hold of a row of `x`, beside stereotypes as `s`; its parameters are numbered from 4 on. */
  condition?: string
  values?: readonly unknown[]
}

/** How many there are of each kind, and by how much they moved the sums together. */
export async function editSums(
  sql: Sql,
  asked: EditsAsked,
): Promise<{ kind: EditKind; count: number; nvaSeconds: number; totalSeconds: number }[]> {
  return sql(
    `WITH ${editsSql(asked)}
     SELECT kind, count(*) AS count, sum(nva)::bigint AS "nvaSeconds", sum(total)::bigint AS "totalSeconds"
     FROM edit GROUP BY kind ORDER BY kind`,
    valuesOf(asked),
  )
}

/** So many of them, what moved most first, after that many. */
export async function listEdits(
  sql: Sql,
  asked: EditsAsked,
  { after, limit }: { after: number; limit: number },
): Promise<Edit[]> {
  const values = valuesOf(asked)
  const state = (side: string) => `CASE WHEN ${side}.id IS NOT NULL THEN json_build_object('date', ${side}.date,
      'durationSeconds', ${side}.duration_seconds, 'type', ${side}.type, 'stereotypeCode', ${side}.code, 'userId', ${side}.user_id,
      'batchId', ${side}.batch_id, 'rowIndex', ${side}.row_index, 'nvaSeconds', ${side}.nva, 'totalSeconds', ${side}.total) END`
  return sql(
    `WITH ${editsSql(asked, `${state('b')} AS before, ${state('a')} AS after`)}
     SELECT id AS "activityId", source, external_id AS "externalId", kind, before, after, nva AS "nvaSeconds", total AS "totalSeconds"
     FROM edit ORDER BY abs(nva) DESC, abs(total) DESC, source, external_id
     OFFSET $${values.length + 1} LIMIT $${values.length + 2}`,
    [...values, after, limit],
  )
}

function valuesOf({ from, to, userIds, values = [] }: EditsAsked): unknown[] {
  return [from, to, userIds, ...values]
}

function editsSql({ before, after, condition = 'true' }: EditsAsked, states = '1 AS there'): string {
  return `users AS (SELECT unnest($3::uuid[]) AS id),
     was AS MATERIALIZED (${statesSql(revisionSql(before), condition)}),
     became AS MATERIALIZED (${statesSql(after && revisionSql(after), condition)}),
     edit AS (
       SELECT coalesce(a.id, b.id) AS id, coalesce(a.source, b.source) AS source,
         coalesce(a.external_id, b.external_id) AS external_id,
         CASE WHEN b.id IS NULL THEN 'LATE_ROWS' WHEN a.id IS NULL THEN 'REMOVED_ROWS' ELSE 'EDITED_ROWS' END AS kind,
         coalesce(a.nva, 0) - coalesce(b.nva, 0) AS nva, coalesce(a.total, 0) - coalesce(b.total, 0) AS total, ${states}
       FROM was b FULL JOIN became a ON a.source = b.source AND a.external_id = b.external_id
       WHERE (a.date, a.duration_seconds, a.type, a.stereotype_id, a.user_id, a.project_id, a.code)
         IS DISTINCT FROM (b.date, b.duration_seconds, b.type, b.stereotype_id, b.user_id, b.project_id, b.code)
     )`
}

const COLUMNS =
  'source, external_id, date, duration_seconds, type, stereotype_id, user_id, project_id, batch_id, row_index'

/** SQL for the activities of the users and days as they were at a revision; null: as they are. */
function statesSql(revision: string | null, condition: string): string {
  const within = 'user_id = users.id AND date BETWEEN $1 AND $2'
  const former = (columns: string, table: string, where: string) =>
    revision
      ? `UNION ALL SELECT ${columns} FROM ${table} WHERE ${where} AND since_revision <= ${revision} AND until_revision > ${revision}`
      : ''
  const held = revision ? `AND since_revision <= ${revision}` : ''
  return `SELECT x.*, s.code, CASE WHEN lower(s.code) <> 'pto' AND x.type = 'NON_VALUE_ADD' THEN x.duration_seconds ELSE 0 END AS nva,
      CASE WHEN lower(s.code) <> 'pto' THEN x.duration_seconds ELSE 0 END AS total
    FROM users CROSS JOIN LATERAL (
      SELECT id, ${COLUMNS} FROM activity WHERE ${within} ${held}
      ${former(`activity_id, ${COLUMNS.replace('type', 'type::activity_type')}`, 'activity_history', within)}
    ) x CROSS JOIN LATERAL (
      SELECT id, code FROM stereotype WHERE id = x.stereotype_id ${held}
      ${former('stereotype_id, code', 'stereotype_history', 'stereotype_id = x.stereotype_id')}
      LIMIT 1
    ) s
    WHERE ${condition}`
}
