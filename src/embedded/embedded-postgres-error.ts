export type EmbeddedPostgresErrorCode =
  | 'EMBEDDED_POSTGRES_IN_USE'
  | 'EMBEDDED_POSTGRES_UNWRITABLE'
  | 'EMBEDDED_POSTGRES_VERSION'
  | 'EMBEDDED_POSTGRES_UNSUPPORTED'
  | 'EMBEDDED_POSTGRES_FAILED'

/** Why the embedded Postgres could not start. The message is one line that says what to do about it. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError'
  readonly code: EmbeddedPostgresErrorCode

  constructor(code: EmbeddedPostgresErrorCode, message: string, cause?: unknown) {
    super(message.replace(/\s*\n\s*/g, ' '), { cause })
    this.code = code
  }
}

/** The system's or Postgres's code for an error, such as `ENOENT` or `42P04`. */
export function errorCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined
}

/** What the file system answers where one may not write. */
const NO_ACCESS = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST']

/** Any failure as an EmbeddedPostgresError: the file system's refusals are told apart, the rest is FAILED. */
export function asEmbeddedPostgresError(error: unknown, home: string): EmbeddedPostgresError {
  if (error instanceof EmbeddedPostgresError) return error
  const reason =
    typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error)
  return isNoAccess(error)
    ? new EmbeddedPostgresError(
        'EMBEDDED_POSTGRES_UNWRITABLE',
        `No place for the embedded Postgres in ${home} (${reason}): make it a folder that this user can write, or set STEELTHREAD_HOME to one.`,
        error,
      )
    : new EmbeddedPostgresError('EMBEDDED_POSTGRES_FAILED', `The embedded Postgres could not start: ${reason}`, error)
}

function isNoAccess(error: unknown): boolean {
  const refused = NO_ACCESS.includes(errorCode(error) ?? '')
  const bySpawn = error instanceof Object && 'syscall' in error && String(error.syscall).startsWith('spawn')
  return refused && !bySpawn
}
