/** Who changed what. Nothing refers to it, and nothing that is removed or erased takes a part of it along. */
import type { Sql } from './database.ts'
import type { AuditEntry } from './entities/audit-entry.ts'

export type Begun = Omit<AuditEntry, 'at' | 'outcome' | 'result'>

export async function insertEntry(sql: Sql, entry: Begun): Promise<void> {
  const { id, callerName, callerId, role, requestId, action, details } = entry
  await sql(
    `INSERT INTO audit_entry (id, caller_name, caller_id, role, request_id, action, details)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [id, callerName, callerId, role, requestId, action, JSON.stringify(details)],
  )
}

export async function endEntry(
  sql: Sql,
  { id, outcome, result }: Pick<AuditEntry, 'id' | 'outcome' | 'result'>,
): Promise<void> {
  await sql('UPDATE audit_entry SET outcome = $2, result = $3 WHERE id = $1', [
    id,
    outcome,
    result && JSON.stringify(result),
  ])
}

/** Which entries are asked for; what isn't said is any. */
export interface AuditCriteria {
  action?: string | null
  callerId?: string | null
  since?: Date | null
}

const COLUMNS = `id, at, caller_name AS "callerName", caller_id AS "callerId", role, request_id AS "requestId", action, details,
  outcome, result`

const ASKED = `($1::text IS NULL OR action = $1) AND ($2::text IS NULL OR caller_id = $2) AND ($3::timestamptz IS NULL OR at >= $3)`

/** Entries, the newest first, after the given id; or backward from it. */
export function auditEntries(
  sql: Sql,
  criteria: AuditCriteria,
  { limit, after, backward }: { limit: number; after: string | null; backward: boolean },
): Promise<AuditEntry[]> {
  const [order, beyond] = backward ? ['ASC', '>'] : ['DESC', '<']
  return sql<AuditEntry>(
    `SELECT ${COLUMNS} FROM audit_entry
     WHERE ${ASKED} AND ($5::uuid IS NULL OR id ${beyond} $5) ORDER BY id ${order} LIMIT $4`,
    [...valuesOf(criteria), limit, after],
  )
}

export async function countEntries(sql: Sql, criteria: AuditCriteria): Promise<number> {
  const [row] = await sql<{ count: number }>(
    `SELECT count(*) AS count FROM audit_entry WHERE ${ASKED}`,
    valuesOf(criteria),
  )
  return row?.count ?? 0
}

function valuesOf({ action = null, callerId = null, since = null }: AuditCriteria): unknown[] {
  return [action, callerId, since]
}

/** Drops entries that are older than is kept. Returns how many. */
export async function pruneAudit(sql: Sql, keepDays: number): Promise<number> {
  const gone = await sql('DELETE FROM audit_entry WHERE at < now() - make_interval(days => $1) RETURNING 1', [keepDays])
  return gone.length
}
