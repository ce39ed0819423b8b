import 'reflect-metadata'
import { checkTables, migrate } from '../cache/migrate.ts'
import { readConfig } from '../config/read-config.ts'
import { openCache } from '../data-source.ts'
import { shareEmbeddedPostgres } from '../embedded/embedded-postgres.ts'
import { few } from '../model/excerpts.ts'
import { CACHE } from '../start-service.ts'
import { type OutputOptions, print } from './output.ts'

/** `migrate`: runs what the cache lacks, and no service. It may run beside services, and beside itself. */
export async function migrateCache(output: OutputOptions): Promise<void> {
  const { databaseUrl, home } = readConfig()
  const ran = databaseUrl ? await migrated(databaseUrl) : await migratedIn(home)
  print(output, { ran }, () =>
    ran.length > 0
      ? `Migrated the cache, as it lacked ${few(ran)}.`
      : 'The cache has all migrations of this build: nothing was done.',
  )
}

async function migrated(databaseUrl: string): Promise<string[]> {
  const dataSource = await openCache(databaseUrl)
  try {
    const ran = await migrate(dataSource)
    await checkTables(dataSource)
    return ran
  } finally {
    await dataSource.destroy()
  }
}

async function migratedIn(home: string): Promise<string[]> {
  const postgres = await shareEmbeddedPostgres({ home })
  try {
    await postgres.createDatabase(CACHE)
    return await migrated(postgres.url(CACHE))
  } finally {
    await postgres.stop()
  }
}
