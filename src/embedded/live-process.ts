import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { errorCode } from './embedded-postgres-error.ts'

/** Whether a process has this pid and still runs. A zombie does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
  return procStat(pid)?.state !== 'Z'
}

/**
 * What tells a process from a later one with the same pid: its start time (and on Linux the boot it belongs to).
 * Empty where the system doesn't say.
 */
export function birthOf(pid: number): string {
  const stat = procStat(pid)
  return stat ? `${bootId()}/${stat.started}` : ps(pid, 'lstart')
}

/** The command line of a process, empty where the system doesn't say. */
export function commandLineOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ') ?? ps(pid, 'command')
}

function procStat(pid: number): { state: string; started: string } | undefined {
  const stat = read(`/proc/${pid}/stat`)
  // The second field, the program's name in parentheses, may hold spaces and parentheses of its own.
  const [state, ...rest] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? []
  return state === undefined ? undefined : { state, started: rest[18] ?? '' }
}

function bootId(): string {
  return read('/proc/sys/kernel/random/boot_id')?.trim() ?? ''
}

function read(path: string): string | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function ps(pid: number, column: 'lstart' | 'command'): string {
  if (process.platform === 'win32') return ''
  const env = { PATH: '/bin:/usr/bin', LC_ALL: 'C', TZ: 'UTC' }
  const { stdout } = spawnSync('ps', ['-ww', '-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8', env })
  return stdout?.trim() ?? ''
}
