import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EmbeddedPostgresError, errorCode } from './embedded-postgres-error.ts'
import { isAlive } from './shut-down.ts'

export interface OwnerLock {
  release(): void
}

interface Owner {
  pid: number
  birth: string
}

/**
 * At most one living process owns a folder. Its owners are numbered: the highest `owner.<n>` says who owns it now, and
 * whoever finds that one dead or gone claims n + 1. Only one process can create that file, and the highest is never
 * removed, so a stale lock is taken over without a moment in which two could win.
 *
 * @throws EmbeddedPostgresError EMBEDDED_POSTGRES_IN_USE, with the owner's pid
 */
export function takeOwnerLock(folder: string): OwnerLock {
  for (;;) {
    const last = lastGeneration(folder)
    const owner = readOwner(folder, last)
    if (owner && isLiving(owner)) throw inUse(folder, owner)
    const mine = last + 1
    if (claim(folder, mine)) return { release: () => writeFileSync(ownerFile(folder, mine), '') }
  }
}

function claim(folder: string, generation: number): boolean {
  const draft = join(folder, `owner-${randomUUID()}.tmp`)
  writeFileSync(draft, JSON.stringify({ pid: process.pid, birth: birthOf(process.pid) } satisfies Owner))
  try {
    linkSync(draft, ownerFile(folder, generation))
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
  // A slow process may fill a number that later owners have left behind and removed.
  if (lastGeneration(folder) !== generation) {
    rmSync(ownerFile(folder, generation), { force: true })
    return false
  }
  for (const earlier of generations(folder)) {
    if (earlier < generation) rmSync(ownerFile(folder, earlier), { force: true })
  }
  return true
}

function lastGeneration(folder: string): number {
  return Math.max(0, ...generations(folder))
}

function generations(folder: string): number[] {
  return readdirSync(folder).flatMap((name) => (/^owner\.\d+$/.test(name) ? [Number(name.slice('owner.'.length))] : []))
}

/** Nobody, where the last owner released the folder or left a file that a crash of the machine has spoilt. */
function readOwner(folder: string, generation: number): Owner | undefined {
  try {
    const owner: Partial<Owner> = JSON.parse(readFileSync(ownerFile(folder, generation), 'utf8'))
    return typeof owner.pid === 'number' && typeof owner.birth === 'string'
      ? { pid: owner.pid, birth: owner.birth }
      : undefined
  } catch {
    return undefined
  }
}

function isLiving(owner: Owner): boolean {
  if (!isAlive(owner.pid)) return false
  const birth = birthOf(owner.pid)
  return birth === '' || owner.birth === '' || birth === owner.birth
}

/**
 * What tells a process from a later one with the same pid: its start time (and on Linux the boot it belongs to).
 * Empty where the system doesn't say.
 */
export function birthOf(pid: number): string {
  if (process.platform === 'win32') return ''
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field, the program's name in parentheses, may hold spaces and parentheses of its own.
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${started}`
  } catch {
    const env = { PATH: '/bin:/usr/bin', LC_ALL: 'C', TZ: 'UTC' }
    return spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', env }).stdout?.trim() ?? ''
  }
}

function ownerFile(folder: string, generation: number): string {
  return join(folder, `owner.${generation}`)
}

function inUse(folder: string, owner: Owner): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_IN_USE',
    `The embedded Postgres in ${folder} is in use by process ${owner.pid}: stop that one, or set STEELTHREAD_HOME to another folder.`,
  )
}
