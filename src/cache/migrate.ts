import { type CacheDataSource, Database } from './database.ts'

/** Runs the migrations that the database lacks. Processes that start at once migrate one after the other. */
export async function migrate(dataSource: CacheDataSource): Promise<void> {
  await new Database(dataSource).alone('migrations', () => dataSource.runMigrations({ transaction: 'each' }))
}
