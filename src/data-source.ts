import { readdir } from 'node:fs/promises'
import { CacheDataSource } from './cache/cache-data-source.ts'
import { typeParsers } from './cache/database.ts'
import { cacheEntities } from './cache/entities/index.ts'
import { SnakeNamingStrategy } from './cache/naming-strategy.ts'
import { cacheSession, LocalSettings } from './cache/session.ts'
import { stages } from './stages/index.ts'

const POOL_SIZE = 10
/** So long a connection is waited for, be it the server that keeps silent or the pool that is used up. */
const CONNECT_MS = 10_000

/** The cache's DataSource: the entities of the cache and of every stage, and all that is in `migrations/`. */
export async function cacheDataSource(databaseUrl: string | undefined): Promise<CacheDataSource> {
  const { url, isPooled } = databaseUrl ? await cacheSession(databaseUrl) : { url: undefined, isPooled: false }
  const outputs = new Set(stages.map((stage) => stage.output))
  return new CacheDataSource(
    {
      type: 'postgres',
      url,
      applicationName: 'steelthread',
      schema: 'public',
      entities: [...cacheEntities, ...outputs],
      subscribers: isPooled ? [LocalSettings] : [],
      migrations: await migrations(),
      namingStrategy: new SnakeNamingStrategy(),
      synchronize: false,
      parseInt8: true,
      extra: { types: typeParsers, max: POOL_SIZE, keepAlive: true, connectionTimeoutMillis: CONNECT_MS },
    },
    { isPooled },
    outputs,
  )
}

async function migrations(): Promise<(new () => never)[]> {
  const folder = new URL('../migrations/', import.meta.url)
  const files = (await readdir(folder)).filter((file) => /^\d+-.*(?<!\.d)\.(ts|js)$/.test(file)).sort()
  const modules = await Promise.all(files.map((file) => import(new URL(file, folder).href)))
  return modules.flatMap((module) => Object.values(module) as (new () => never)[])
}
