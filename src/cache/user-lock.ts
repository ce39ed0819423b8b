import type { Sql } from './database.ts'

/**
 * Keeps these users from being deleted until the transaction ends, in the order of their ids; waits for whoever deletes
 * one. Returns those that there are.
 */
export async function keepUsers(sql: Sql, ids: readonly string[]): Promise<string[]> {
  const rows = await sql<{ id: string }>(
    'SELECT id FROM app_user WHERE id = ANY ($1::uuid[]) ORDER BY id FOR KEY SHARE',
    [ids],
  )
  return rows.map((row) => row.id)
}
