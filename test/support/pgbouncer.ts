import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import getPort from 'get-port'
import { asUser, serverUser } from '../../src/embedded/server-user.ts'

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
  await listening(child)
  return {
    through: (url) => Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(port) }).href,
    async stop() {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Resolves once it says that it is up; rejects with what it said where it ends instead. */
async function listening({ stderr }: ChildProcess): Promise<void> {
  const said: string[] = []
  if (stderr) {
    for await (const line of createInterface({ input: stderr })) {
      said.push(line)
      if (line.includes('process up')) {
        stderr.resume()
        return
      }
    }
  }
  throw new Error(`PgBouncer ended: ${said.join('\n')}`)
}
