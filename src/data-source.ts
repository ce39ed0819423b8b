import { readdir } from 'node:fs/promises'
import { CacheDataSource } from './cache/cache-data-source.ts'
import { typeParsers } from './cache/database.ts'
import { cacheEntities } from './cache/entities/index.ts'
import { SnakeNamingStrategy } from './cache/naming-strategy.ts'
import { cacheSession, LocalSettings } from './cache/session.ts'
import { ConfigError } from './model/errors.ts'
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

/** The cache's DataSource, connected. @throws ConfigError where it can't be. */
export async function openCache(url: string): Promise<CacheDataSource> {
  try {
    const dataSource = await cacheDataSource(url)
    // What fails is thrown; TypeORM would also print it, among the lines of the log.
    return await dataSource.setOptions({ logger: 'debug' }).initialize()
  } catch (cause) {
    const { host, pathname } = new URL(url)
    const reason = cause instanceof Error ? cause.message || ('code' in cause && String(cause.code)) : String(cause)
    throw new ConfigError(`DATABASE_URL: the database ${host}${pathname} can't be used: ${reason}`, {}, cause)
  }
}

async function migrations(): Promise<(new () => never)[]> {
  const folder = new URL('../migrations/', import.meta.url)
  const files = (await readdir(folder)).filter((file) => /^\d+-.*(?<!\.d)\.(ts|js)$/.test(file)).sort()
  const modules = await Promise.all(files.map((file) => import(new URL(file, folder).href)))
  return modules.flatMap((module) => Object.values(module) as (new () => never)[])
}
