// At most one living process owns a folder. The lock is the system's, which `fs-native-extensions` asks for: it ends with
// its owner, however that ends, and no other container is taken for dead. What is ours is to say who the owner is.
// Packages that lock by a file's age (proper-lockfile) take it from one who only stands still, and let two who find a dead
// owner at once both win.
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { EmbeddedPostgresError, errorCode } from './embedded-postgres-error.ts'

export interface OwnerLock {
  /** Once is enough, twice does no harm. */
  release(): void
}

/** How long an owner may take to write down who it is, in ms. */
const NAMED_WITHIN = 500

/**
 * Takes the lock, on the folder's file `lock`, and writes this process's pid to the file `owner`.
 *
 * @throws EmbeddedPostgresError EMBEDDED_POSTGRES_IN_USE, with the owner's pid
 */
export function takeOwnerLock(folder: string): OwnerLock {
  const { tryLock } = systemLocks()
  const [lock, owner] = [join(folder, 'lock'), join(folder, 'owner')]
  for (const end = Date.now() + NAMED_WITHIN; ; ) {
    const descriptor = openSync(lock, 'a')
    if (tryLock(descriptor)) {
      writeFileSync(owner, String(process.pid))
      return { release: releaseOnce(descriptor, owner) }
    }
    closeSync(descriptor)
    const pid = read(owner)
    if (pid || Date.now() > end) throw inUse(folder, pid || '(it has only begun)')
  }
}

/** Loaded when it is needed, so that who has a Postgres of his own needs no lock for his system. */
function systemLocks(): { tryLock(descriptor: number): boolean } {
  try {
    return createRequire(import.meta.url)('fs-native-extensions')
  } catch (error) {
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_UNSUPPORTED',
      `No file locks for ${process.platform}-${process.arch} (npm package fs-native-extensions): set DATABASE_URL to a Postgres of your own.`,
      error,
    )
  }
}

function releaseOnce(descriptor: number, owner: string): () => void {
  let isHeld = true
  return () => {
    if (!isHeld) return
    isHeld = false
    rmSync(owner, { force: true })
    closeSync(descriptor)
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return ''
    throw error
  }
}

function inUse(folder: string, pid: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_IN_USE',
    `The embedded Postgres in ${folder} is in use by process ${pid}: stop that one, or set STEELTHREAD_HOME to another folder.`,
  )
}
