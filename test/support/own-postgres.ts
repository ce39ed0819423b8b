import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import getPort from 'get-port'
import { asUser, serverUser } from '../../src/embedded/server-user.ts'
import { untilSaid } from './said.ts'

const INSTALLED = '/usr/lib/postgresql'
const versions = existsSync(INSTALLED) ? readdirSync(INSTALLED).map(Number) : []
const BIN = versions
  .sort((a, b) => b - a)
  .map((version) => join(INSTALLED, String(version), 'bin'))
  .find((bin) => ['postgres', 'initdb', 'pg_dump', 'pg_restore'].every((name) => existsSync(join(bin, name))))

/** Why there is no Postgres with its tools here, if there is none: the embedded one comes without them. */
export const noOwnPostgres = BIN ? undefined : `there is no Postgres with pg_dump in ${INSTALLED}`

/** A Postgres server as an operator has one, of a test file's own. */
export interface OwnPostgres {
  url(database: string): string
  /** Runs a program that comes with it: `pg_dump`, `createdb` … */
  run(program: string, ...args: string[]): Promise<void>
  stop(): Promise<void>
}

export async function startOwnPostgres(): Promise<OwnPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'steelthread-postgres-'))
  const data = join(folder, 'data')
  const port = await getPort({ host: '127.0.0.1' })
  const user = serverUser(data)
  if (user) chownSync(folder, user.uid, user.gid)
  const own = { ...asUser(user), cwd: folder, env: { LC_ALL: 'C', PATH: process.env.PATH } }
  const run = async (program: string, ...args: string[]) => {
    await promisify(execFile)(join(BIN ?? '', program), args, own)
  }
  await run('initdb', '-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--no-sync')
  const place = ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=']
  const server = spawn(join(BIN ?? '', 'postgres'), [...place, '-c', 'fsync=off'], {
    ...own,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await untilSaid('Postgres', server, 'ready to accept connections')
  return {
    url: (database) => `postgres://postgres@127.0.0.1:${port}/${database}`,
    run,
    async stop() {
      server.kill('SIGQUIT')
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
