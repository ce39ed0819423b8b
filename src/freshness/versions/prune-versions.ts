/** What versions made that nobody asks for any more goes, in bounded transactions, whoever reads meanwhile. */
import type { Database, Sql } from '../../cache/database.ts'
import { lockSlicesOf } from '../../cache/removals.ts'
import { project, user } from '../../model/subject.ts'
import type { StageTable } from '../slices/stage-table.ts'

/** So many subjects' slices go in one transaction. */
const SUBJECTS_AT_ONCE = 20

export interface Pruned {
  /** In person-periods. */
  slices: number
  annotations: number
}

/**
 * Drops slices and annotations of these logics, all of a subject's at once: nothing is left that stands on a slice which may be
 * made anew, and count from the beginning. Whoever refreshes slices of the subject is waited for, and waits.
 * @param tables Those of all stages, each once.
 * @param tell Told how much is gone so far.
 */
export async function pruneLogics(
  database: Pick<Database, 'sql' | 'transaction'>,
  logics: readonly string[],
  tables: readonly StageTable[],
  tell: (pruned: Pruned) => void,
): Promise<Pruned> {
  const pruned: Pruned = { slices: 0, annotations: 0 }
  for (let after: string | null = null; ; ) {
    const ids = await subjectsOf(database.sql, logics, after)
    if (ids.length === 0) return pruned
    const { slices, annotations } = await database.transaction((sql) => pruneSubjects(sql, logics, tables, ids))
    pruned.slices += slices
    pruned.annotations += annotations
    tell({ ...pruned })
    after = ids.at(-1) ?? null
  }
}

/** How much that would be. */
export async function prunable(sql: Sql, logics: readonly string[], tables: readonly StageTable[]): Promise<Pruned> {
  const annotations = tables.map(({ name }) => `(SELECT count(*) FROM ${name} WHERE logic = ANY ($1::text[]))`)
  const [row] = await sql<Pruned>(
    `SELECT (SELECT count(*) FROM slice WHERE logic = ANY ($1::text[])) AS slices,
       (${['0', ...annotations].join(' + ')})::bigint AS annotations`,
    [logics],
  )
  return row ?? { slices: 0, annotations: 0 }
}

/** The next subjects that have some, by their ids. */
async function subjectsOf(sql: Sql, logics: readonly string[], after: string | null): Promise<string[]> {
  const rows = await sql<{ id: string }>(
    `SELECT DISTINCT subject_id AS id FROM slice
     WHERE logic = ANY ($1::text[]) AND ($2::uuid IS NULL OR subject_id > $2) ORDER BY subject_id LIMIT $3`,
    [logics, after, SUBJECTS_AT_ONCE],
  )
  return rows.map(({ id }) => id)
}

async function pruneSubjects(
  sql: Sql,
  logics: readonly string[],
  tables: readonly StageTable[],
  ids: readonly string[],
): Promise<Pruned> {
  for (const { table } of [user, project]) {
    await sql(`SELECT id FROM ${table} WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE`, [ids])
  }
  await sql(
    `UPDATE logic SET prunes = prunes + 1
     WHERE logic IN (SELECT logic FROM logic WHERE logic = ANY ($1::text[]) ORDER BY logic FOR UPDATE)`,
    [logics],
  )
  await lockSlicesOf(sql, 'SELECT unnest($1::uuid[])', ids)
  let annotations = 0
  for (const { name, subject } of tables) {
    const gone = await sql<{ count: number }>(
      `WITH gone AS (DELETE FROM ${name} WHERE ${subject} = ANY ($1::uuid[]) AND logic = ANY ($2::text[]) RETURNING 1)
       SELECT count(*) AS count FROM gone`,
      [ids, logics],
    )
    annotations += gone[0]?.count ?? 0
  }
  const [gone] = await sql<{ count: number }>(
    `WITH gone AS (DELETE FROM slice WHERE subject_id = ANY ($1::uuid[]) AND logic = ANY ($2::text[]) RETURNING 1)
     SELECT count(*) AS count FROM gone`,
    [ids, logics],
  )
  return { slices: gone?.count ?? 0, annotations }
}
