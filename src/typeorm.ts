import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { configOf } from './config/config.ts'
import { readEnv } from './config/env.ts'
import { startEmbeddedPostgres } from './embedded/embedded-postgres.ts'
import { exitWith } from './exit-with.ts'
import { CACHE } from './start-service.ts'

/** Runs TypeORM's CLI on the cache: that of DATABASE_URL, else the embedded one, started for as long as it takes. */
async function typeorm(args: readonly string[]): Promise<number> {
  const config = configOf(readEnv())
  if (config.databaseUrl) return runCli(args, config.databaseUrl)
  const postgres = await startEmbeddedPostgres({ home: config.home })
  try {
    await postgres.createDatabase(CACHE)
    return await runCli(args, postgres.url(CACHE))
  } finally {
    await postgres.stop()
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
