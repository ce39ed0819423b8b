import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import getPort from 'get-port'
import { asUser, serverUser } from '../../src/embedded/server-user.ts'
import { untilSaid } from './said.ts'

const PROGRAM = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer'].find(existsSync)

/** Why there is no PgBouncer here, if there is none. */
export const noPgBouncer = PROGRAM ? undefined : 'pgbouncer is not installed'

/** A PgBouncer in transaction mode before the tests' Postgres. */
export interface PgBouncer {
  /** The same database through it. */
  through(url: string): string
  stop(): Promise<void>
}

export async function startPgBouncer(settings: Readonly<Record<string, string | number>>): Promise<PgBouncer> {
  const server = new URL(process.env.TEST_POSTGRES_URL ?? '')
  const folder = await mkdtemp(join(tmpdir(), 'steelthread-pgbouncer-'))
  const port = await getPort({ host: '127.0.0.1' })
  const file = join(folder, 'pgbouncer.ini')
  const all = { listen_addr: '127.0.0.1', listen_port: port, unix_socket_dir: '', auth_type: 'any', ...settings }
  await writeFile(
    file,
    `[databases]
* = host=${server.hostname} port=${server.port} user=${server.username} password=${decodeURIComponent(server.password)}
[pgbouncer]
pool_mode = transaction
${Object.entries(all)
  .map(([name, value]) => `${name} = ${value}`)
  .join('\n')}
`,
  )
  // As root, PgBouncer runs as another user, who must get in.
  await chmod(folder, 0o755)
  const child = spawn(PROGRAM ?? '', [file], {
    ...asUser(serverUser(join(folder, 'data'))),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await untilSaid('PgBouncer', child, 'process up')
  return {
    through: (url) => Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(port) }).href,
    async stop() {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
