import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** One Postgres for all test files, with a migrated template from which each makes its own database. */
export default async function setUp() {
  const { startEmbeddedPostgres } = await import('../../dist/src/embedded/embedded-postgres.js')
  const { migrate } = await import('../../dist/src/cache/migrate.js')
  const { cacheDataSource } = await import('../../dist/src/data-source.js')

  const home = await mkdtemp(join(tmpdir(), 'steelthread-test-'))
  // As root, Postgres runs as another user, who must get in.
  await chmod(home, 0o755)
  const postgres = await startEmbeddedPostgres({
    home,
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' },
  })
  globalThis.stopTestPostgres = async () => {
    await postgres.stop()
    await rm(home, { recursive: true, force: true })
  }
  await postgres.createDatabase('steelthread_template')
  const template = await (await cacheDataSource(postgres.url('steelthread_template'))).initialize()
  await migrate(template)
  await template.destroy()
  process.env.TEST_POSTGRES_URL = postgres.url('postgres')
}
