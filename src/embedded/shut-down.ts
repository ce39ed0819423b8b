import { execFile } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { errorCode } from './embedded-postgres-error.ts'
import { isAlive } from './live-process.ts'

/** Signals of Postgres and how long each has, in ms: fast shutdown, then immediate, then the axe. Under 3 s in all. */
const SIGNALS = [
  ['SIGINT', 2500],
  ['SIGQUIT', 300],
  ['SIGKILL', 100],
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
  if (process.platform === 'win32') execFile(pgCtl, ['kill', signal.slice('SIG'.length), String(pid)], () => {})
  else kill(pid, signal)
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error
  }
}
