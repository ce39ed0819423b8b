/** Nothing is kept of users who are gone. */
import type { Sql } from '../cache/database.ts'
import type { StageTable } from './slices/stage-table.ts'

/** Drops annotations of users that there are no more: nobody can ask for them, and nobody writes any. */
export async function dropOrphans(sql: Sql, tables: readonly StageTable[]): Promise<void> {
  for (const { name } of tables) {
    await sql(`DELETE FROM ${name} t WHERE NOT EXISTS (SELECT FROM app_user WHERE id = t.user_id)`)
  }
}
