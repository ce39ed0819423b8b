/** Nothing is kept of subjects that are gone. */
import type { Sql } from '../cache/database.ts'
import type { StageAsked } from './slices/stage-table.ts'

/** Drops annotations of subjects that there are no more: nobody can ask for them, and nobody writes any. */
export async function dropOrphans(sql: Sql, asked: readonly StageAsked[]): Promise<void> {
  for (const { stage, table } of asked) {
    await sql(
      `DELETE FROM ${table.name} t WHERE NOT EXISTS (SELECT FROM ${stage.subject.table} WHERE id = t.${table.subject})`,
    )
  }
}
