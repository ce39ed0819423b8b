import { isNativeError } from 'node:util/types'
import pg from 'pg'
import { BusyError, UnavailableError } from '../model/errors.ts'

/**
 * Classes and codes of Postgres for connections that end or can't be had, and statements that are ended: by the server's will or its
 * operator's, not for what they say. A server that became another's copy takes no writes (25006).
 */
const LOST = /^(08|57P0[1-5]|57014|25P0[34]|25006|53300|58030)/
/** Postgres has no room left, on its disk or in memory. */
const FULL = /^53(?!300)/
const UNREACHABLE = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'],
  ...['EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END'],
])
/** What pg itself says, without a code. */
const ENDED =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|timeout expired|timeout exceeded when trying to connect|Query read timeout)/
const UNREACHED = "The cache's Postgres can't be reached just now, or has no connection free; ask again."
/** A server that has become another's copy doesn't even begin a transaction that may write. */
const COPIES = /during recovery/

/**
 * The error as clients may have it: `UnavailableError` where the connection to Postgres was lost or none can be had,
 * `BusyError` where others kept a lock, so that asking again is safe; else as it is.
 */
export function withoutConnectionLoss(error: unknown): unknown {
  if (isLockTimeout(error)) return stillLocked(error)
  if (isFull(error)) {
    return new UnavailableError(
      "The cache's Postgres has no room left, on its disk or in memory: nothing of this was written. Make room, then ask again.",
      {},
      error,
    )
  }
  return isConnectionLoss(error) && !(error instanceof UnavailableError)
    ? new UnavailableError(UNREACHED, {}, error)
    : error
}

/** No connection can be had at all: whoever tries again at once waits as long, for the same. */
export class NoConnectionError extends UnavailableError {}

/** What connecting failed with, as clients may have it: whatever it was, nobody can ask before that is mended. */
export function noConnection(error: unknown): unknown {
  return error instanceof UnavailableError ? error : new NoConnectionError(UNREACHED, {}, error)
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

function isFull(error: unknown): boolean {
  return error instanceof pg.DatabaseError && FULL.test(error.code ?? '')
}

function isConnectionLoss(error: unknown): boolean {
  if (!isNativeError(error)) return false
  const code = 'code' in error ? String(error.code) : ''
  if (error instanceof pg.DatabaseError) return LOST.test(code) || COPIES.test(error.message)
  return UNREACHABLE.has(code) || ENDED.test(error.message)
}
