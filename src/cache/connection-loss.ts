import pg from 'pg'
import { BusyError, UnavailableError } from '../model/errors.ts'

/** Classes and codes of Postgres for connections that end or can't be had: by the server's will, not by the statement's. */
const LOST = /^(08|57P0[123]|25P03|53300)/
const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH'])
/** What pg itself says, without a code. */
const ENDED =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect)/

/**
 * The error as clients may have it: `UnavailableError` where the connection to Postgres was lost or none can be had,
 * `BusyError` where others kept a lock, so that asking again is safe; else as it is.
 */
export function withoutConnectionLoss(error: unknown): unknown {
  if (isLockTimeout(error)) return stillLocked(error)
  return isConnectionLoss(error) && !(error instanceof UnavailableError)
    ? new UnavailableError(
        "The cache's Postgres can't be reached just now, or has no connection free; ask again.",
        {},
        error,
      )
    : error
}

/** How long a lock is waited for. */
export const LONGEST_LOCK_WAIT_MS = 20_000

export function stillLocked(cause?: unknown): BusyError {
  const seconds = LONGEST_LOCK_WAIT_MS / 1_000
  return new BusyError(`Others are changing what this needs, and didn't end within ${seconds} s; ask again.`, {}, cause)
}

/** Whether a lock was waited for as long as the session or the transaction lets it be. */
export function isLockTimeout(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '55P03'
}

function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  if (error instanceof pg.DatabaseError) return LOST.test(code)
  return UNREACHABLE.has(code) || ENDED.test(error.message)
}
