import type { Sql } from '../cache/database.ts'
import type { StageTable } from './stage-table.ts'

/** Drops slices and annotations of users that there are no more: nobody can ask for them again. */
export async function dropOrphans(sql: Sql, tables: Iterable<StageTable>): Promise<void> {
  for (const table of ['slice', ...[...tables].map(({ name }) => name)]) {
    await sql(`DELETE FROM ${table} t WHERE NOT EXISTS (SELECT FROM app_user WHERE id = t.user_id)`)
  }
}
