import { readdir } from 'node:fs/promises'
import { DataSource } from 'typeorm'
import { typeParsers } from './src/cache/database.ts'
import { cacheEntities } from './src/cache/entities/index.ts'
import { SnakeNamingStrategy } from './src/cache/naming-strategy.ts'
import { databaseUrl } from './src/config/env.ts'
import { stages } from './src/stages/index.ts'

const POOL_SIZE = 10

/** The cache's DataSource: the entities of the cache and of every stage, and all that is in `migrations/`. */
export async function cacheDataSource(url: string | undefined): Promise<DataSource> {
  return new DataSource({
    type: 'postgres',
    url,
    applicationName: 'steelthread',
    entities: [...cacheEntities, ...new Set(stages.map((stage) => stage.output))],
    migrations: await migrations(),
    namingStrategy: new SnakeNamingStrategy(),
    synchronize: false,
    parseInt8: true,
    extra: { types: typeParsers, max: POOL_SIZE },
  })
}

async function migrations(): Promise<(new () => never)[]> {
  const folder = new URL('./migrations/', import.meta.url)
  const files = (await readdir(folder)).filter((file) => /^\d+-.*(?<!\.d)\.(ts|js)$/.test(file)).sort()
  const modules = await Promise.all(files.map((file) => import(new URL(file, folder).href)))
  return modules.flatMap((module) => Object.values(module) as (new () => never)[])
}

/** For TypeORM's CLI. */
export default cacheDataSource(databaseUrl())
