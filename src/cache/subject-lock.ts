/** Nothing is written of a subject that is gone. */
import type { Subject } from '../model/subject.ts'
import type { Sql } from './database.ts'

/**
 * Keeps these subjects from being deleted until the transaction ends, in the order of their ids; waits for whoever
 * deletes one. Returns those that there are.
 */
export async function keepSubjects(sql: Sql, { table }: Subject, ids: readonly string[]): Promise<string[]> {
  const rows = await sql<{ id: string }>(
    `SELECT id FROM ${table} WHERE id = ANY ($1::uuid[]) ORDER BY id FOR KEY SHARE`,
    [ids],
  )
  return rows.map((row) => row.id)
}
