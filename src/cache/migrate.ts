import type { DataSource } from 'typeorm'

/** Any number that no one else locks: processes that start at once migrate one after the other. */
const MIGRATION_LOCK = 7_083_114

/** Runs the migrations that the database lacks. */
export async function migrate(dataSource: DataSource): Promise<void> {
  const runner = dataSource.createQueryRunner()
  try {
    await runner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK])
    await dataSource.runMigrations({ transaction: 'each' })
  } finally {
    await runner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK])
    await runner.release()
  }
}
