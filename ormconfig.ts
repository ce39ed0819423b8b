import { databaseUrl } from './src/config/env.ts'
import { cacheDataSource } from './src/data-source.ts'

/** For TypeORM's CLI, and for nobody else: who imports it connects. */
export default cacheDataSource(databaseUrl())
