import { StageError } from '../model/errors.ts'
import type { CacheDataSource } from './cache-data-source.ts'
import { Database } from './database.ts'
import { dropScopedViews } from './scoped-views.ts'

/**
 * Runs the migrations that the database lacks, and returns their names. Processes that start at once migrate one after
 * the other.
 */
export async function migrate(dataSource: CacheDataSource): Promise<string[]> {
  const ran = await new Database(dataSource).alone('migrations', async () => {
    if (pendingMigrations(dataSource, await ranMigrations(dataSource)).length > 0) await dropScopedViews(dataSource)
    return dataSource.runMigrations({ transaction: 'each' })
  })
  return ran.map(({ name }) => name)
}

/** The names of those that a database has. */
export async function ranMigrations(dataSource: Pick<CacheDataSource, 'query'>): Promise<string[]> {
  const [there]: { is: boolean }[] = await dataSource.query(`SELECT to_regclass('public.migrations') IS NOT NULL AS is`)
  const ran: { name: string }[] = there?.is ? await dataSource.query('SELECT name FROM public.migrations') : []
  return ran.map(({ name }) => name)
}

/** The migrations that a database lacks of which these ran. */
export function pendingMigrations({ migrations }: CacheDataSource, ran: readonly string[]): string[] {
  const names = migrations.map(({ name, constructor }) => name ?? constructor.name)
  return names.filter((name) => !ran.includes(name))
}

/** @throws StageError for a table or a column that no migration makes: that of a stage which was just added or changed. */
export async function checkTables(dataSource: CacheDataSource): Promise<void> {
  const columns = dataSource.entityMetadatas.flatMap(({ tableName, columns }) =>
    columns.map(({ databaseName }) => [tableName, databaseName]),
  )
  const [missing]: { table: string; column: string; isTable: boolean }[] = await dataSource.query(
    `SELECT asked.table, asked.column, to_regclass('public.' || quote_ident(asked.table)) IS NULL AS "isTable"
     FROM unnest($1::text[], $2::text[]) AS asked ("table", "column")
     WHERE NOT EXISTS (
       SELECT FROM pg_attribute
       WHERE attrelid = to_regclass('public.' || quote_ident(asked.table)) AND attname = asked.column AND NOT attisdropped
     )`,
    [columns.map(([table]) => table), columns.map(([, column]) => column)],
  )
  if (!missing) return
  const what = missing.isTable
    ? `table "${missing.table}"`
    : `column "${missing.column}" of the table "${missing.table}"`
  throw new StageError(
    `No migration makes the ${what}: npm run migration:generate -- migrations/WhatItDoes writes one.`,
  )
}
