import 'reflect-metadata'
import { Database } from '../../src/cache/database.ts'
import { Readiness } from '../../src/cache/readiness.ts'
import { cacheDataSource } from '../../src/data-source.ts'
import { freshDatabase, onDatabase } from '../support/databases.ts'

async function withReadiness(
  contents: 'migrated' | 'nothing',
  work: (readiness: Readiness, database: Database, url: string) => Promise<void>,
) {
  const url = await freshDatabase(contents)
  const dataSource = await (await cacheDataSource(url)).initialize()
  const readiness = new Readiness(dataSource)
  try {
    await work(readiness, new Database(dataSource), url)
  } finally {
    await readiness.close()
    await dataSource.destroy()
  }
}

test('it answers while every connection of the pool is held', async () => {
  await withReadiness('migrated', async (readiness, database) => {
    let goOn = () => {}
    const held = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const holders = Array.from({ length: 10 }, () => database.transaction(() => held))
    await readiness.check()
    goOn()
    await Promise.all(holders)
  })
})

test('a cache that lacks a migration is not ready', async () => {
  await withReadiness('migrated', async (readiness, database) => {
    await database.transaction((sql) => sql('DELETE FROM migrations WHERE id = (SELECT max(id) FROM migrations)'))
    await expect(readiness.check()).rejects.toThrow('migrations are pending')
  })
  await withReadiness('nothing', async (readiness) => {
    await expect(readiness.check()).rejects.toThrow('migrations')
  })
})

test('a connection that was lost is made anew', async () => {
  await withReadiness('migrated', async (readiness, _, url) => {
    await Promise.all([readiness.check(), readiness.check()])
    await onDatabase(url, (client) =>
      client.query(
        'SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      ),
    )
    await readiness.check().catch(() => undefined)
    await readiness.check()
  })
})
