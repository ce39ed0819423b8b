import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import getPort from 'get-port'
import mysql from 'mysql2/promise'
import { asUser, serverUser } from '../../src/embedded/server-user.ts'
import { untilSaid } from './said.ts'

const [SERVER, INSTALLER] = ['/usr/sbin/mariadbd', '/usr/bin/mariadb-install-db']

/** Why there is no MariaDB here, if there is none. */
export const noMariaDb = existsSync(SERVER) && existsSync(INSTALLER) ? undefined : 'mariadb-server is not installed'

/** A MariaDB server of a test file's own. */
export interface MariaDb {
  process: ChildProcess
  /** A new database, with whatever the statements make in it. */
  database(...statements: readonly string[]): Promise<string>
  stop(): Promise<void>
}

/** @param settings As the server's command line takes them. */
export async function startMariaDb(settings: readonly string[] = []): Promise<MariaDb> {
  const folder = await mkdtemp(join(tmpdir(), 'steelthread-mariadb-'))
  const data = join(folder, 'data')
  const port = await getPort({ host: '127.0.0.1' })
  await mkdir(data)
  await chmod(folder, 0o777)
  await chmod(data, 0o777)
  const user = asUser(serverUser(join(folder, 'user')))
  await promisify(execFile)(
    INSTALLER,
    ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db'],
    user,
  )
  const init = join(folder, 'init.sql')
  await writeFile(init, `CREATE USER tester@'%' IDENTIFIED BY 'secret';\nGRANT ALL ON *.* TO tester@'%';\n`)
  const server = spawn(
    SERVER,
    [
      ...['--no-defaults', `--datadir=${data}`, `--init-file=${init}`, `--socket=${join(folder, 'socket')}`],
      ...[
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        '--skip-log-bin',
        '--skip-name-resolve',
        '--innodb-flush-log-at-trx-commit=0',
      ],
      ...settings,
    ],
    { ...user, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  await untilSaid('MariaDB', server, 'ready for connections')
  const url = (name: string) => `mysql://tester:secret@127.0.0.1:${port}/${name}`
  let databases = 0
  return {
    process: server,
    async database(...statements) {
      const name = `source_${++databases}`
      await inMariaDb(url(''), `CREATE DATABASE ${name} CHARACTER SET utf8mb4`)
      await inMariaDb(url(name), ...statements)
      return url(name)
    },
    async stop() {
      server.kill('SIGKILL')
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Runs statements on a database, as its own application would: times that don't exist are taken, as many servers do. */
export async function inMariaDb(url: string, ...statements: readonly string[]): Promise<void> {
  const connection = await mysql.createConnection({ uri: url })
  try {
    await connection.query(`SET SESSION sql_mode = 'NO_ENGINE_SUBSTITUTION'`)
    for (const statement of statements) await connection.query(statement)
  } finally {
    await connection.end()
  }
}
