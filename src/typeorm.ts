import 'reflect-metadata'
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { migrate } from './cache/migrate.ts'
import { configOf } from './config/config.ts'
import { readEnv } from './config/env.ts'
import { cacheDataSource } from './data-source.ts'
import { shareEmbeddedPostgres } from './embedded/embedded-postgres.ts'
import { exitWith } from './exit-with.ts'
import { few } from './model/excerpts.ts'
import { CACHE } from './start-service.ts'

/**
 * Runs TypeORM's CLI on the cache: that of DATABASE_URL, else the embedded one, which a service may be running meanwhile
 * and which is else started for as long as it takes.
 */
async function typeorm(args: readonly string[]): Promise<number> {
  const config = configOf(readEnv())
  if (config.databaseUrl) return runCommand(args, config.databaseUrl)
  const postgres = await shareEmbeddedPostgres({ home: config.home })
  try {
    await postgres.createDatabase(CACHE)
    return await runCommand(args, postgres.url(CACHE))
  } finally {
    await postgres.stop()
  }
}

async function runCommand(args: readonly string[], databaseUrl: string): Promise<number> {
  if (args[0] === 'migration:generate' && !(await differs(databaseUrl))) {
    console.log(
      'There is nothing to generate: the tables are as the entities and the stages in src/stages/index.ts say. ' +
        'No file was written.',
    )
    return 0
  }
  return runCli(args, databaseUrl)
}

/**
 * Whether the tables are other than the code says once all migrations ran: what TypeORM generates is the difference to
 * the tables that it finds, and without those of earlier migrations it would make them again.
 */
async function differs(databaseUrl: string): Promise<boolean> {
  const dataSource = await (await cacheDataSource(databaseUrl)).initialize()
  try {
    const ran = await migrate(dataSource)
    if (ran.length > 0) console.log(`Migrated the cache first, as it lacked ${few(ran)}.`)
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log()
    for (const { table, column } of dataSource.unused) {
      console.log(
        `The column "${column}" of the table "${table}" is not used any more; it stays, as a service of an older version may ` +
          'still use it. Drop it by a migration of your own once none runs.',
      )
    }
    return upQueries.length > 0
  } finally {
    await dataSource.destroy()
  }
}

function runCli([command = '', ...rest]: readonly string[], databaseUrl: string): Promise<number> {
  const cli = createRequire(import.meta.url).resolve('typeorm/cli.js')
  const dataSource = fileURLToPath(new URL('../ormconfig.js', import.meta.url))
  const child = spawn(process.execPath, [cli, command, '--dataSource', dataSource, ...rest], {
    stdio: 'inherit',
    env: { ...readEnv(), DATABASE_URL: databaseUrl },
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })
}

typeorm(process.argv.slice(2)).then((code) => process.exit(code), exitWith)
