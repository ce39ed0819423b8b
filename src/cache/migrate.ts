import { StageError } from '../model/errors.ts'
import { type CacheDataSource, Database } from './database.ts'

/**
 * Runs the migrations that the database lacks, and returns their names. Processes that start at once migrate one after
 * the other.
 */
export async function migrate(dataSource: CacheDataSource): Promise<string[]> {
  const ran = await new Database(dataSource).alone('migrations', () =>
    dataSource.runMigrations({ transaction: 'each' }),
  )
  return ran.map(({ name }) => name)
}

/** @throws StageError for a table that no migration makes: that of a stage which was just added. */
export async function checkTables(dataSource: CacheDataSource): Promise<void> {
  const tables = dataSource.entityMetadatas.map(({ tableName }) => tableName)
  const [missing]: { name: string }[] = await dataSource.query(
    `SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass('public.' || quote_ident(name)) IS NULL`,
    [tables],
  )
  if (!missing) return
  throw new StageError(
    `No migration makes the table "${missing.name}": npm run migration:generate -- migrations/WhatItDoes writes one.`,
  )
}
