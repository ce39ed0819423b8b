/** Ids are unique over all tables: what has one is found without saying what it is. */
import type { Sql } from './database.ts'

/** The tables of what has an id, by what it is. */
const TABLES = {
  user: 'app_user',
  project: 'project',
  team: 'team',
  sprint: 'sprint',
  stereotype: 'stereotype',
  activity: 'activity',
  batch: 'ingest_batch',
  quarantinedRow: 'quarantined_row',
  erasure: 'erasure',
  deadLetter: 'undelivered_event',
} as const

export type NodeKind = keyof typeof TABLES

/** What has this id, or null. */
export async function kindOfNode(sql: Sql, id: string): Promise<NodeKind | null> {
  const [found] = await sql<{ kind: NodeKind }>(KIND, [id])
  return found?.kind ?? null
}

const KIND = Object.entries(TABLES)
  .map(([kind, table]) => `SELECT '${kind}' AS kind FROM ${table} WHERE id = $1::uuid`)
  .join(' UNION ALL ')
