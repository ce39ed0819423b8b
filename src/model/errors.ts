import type { Window } from './window.ts'

/** An error that a user can act on. `code` is stable; `details` are shown to the user beside the message. */
export abstract class SteelthreadError extends Error {
  abstract readonly code: string
  readonly details: Record<string, unknown>
  /** What Apollo answers with over HTTP, where that isn't 200. */
  declare readonly extensions?: { readonly http: HttpHead }

  constructor(message: string, details: Record<string, unknown> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.details = details
  }
}

/** With what an error is answered over HTTP. */
export interface HttpHead {
  readonly status: number
  readonly headers?: ReadonlyMap<string, string>
}

/** The same where the error's details say when it is worth asking again. */
function withRetry(status: number, { retryAfterSeconds }: Record<string, unknown>): { http: HttpHead } {
  if (typeof retryAfterSeconds !== 'number') return { http: { status } }
  return { http: { status, headers: new Map([['retry-after', String(retryAfterSeconds)]]) } }
}

/** An argument is wrong; the message says what would be right. */
export class BadInputError extends SteelthreadError {
  readonly code = 'BAD_USER_INPUT'

  constructor(argument: string, message: string, details: Record<string, unknown> = {}) {
    super(message, { argument, ...details })
  }
}

/** A client sent the one character that no text in Postgres holds. */
export class NulInTextError extends SteelthreadError {
  readonly code = 'BAD_USER_INPUT'

  constructor(cause?: unknown) {
    super('A text must not hold the character NUL.', {}, cause)
  }
}

/** A request can't be answered at all; the message says what would be right. */
export class BadRequestError extends SteelthreadError {
  readonly code = 'BAD_REQUEST'
  override readonly extensions = { http: { status: 400 } }
}

/** The batch isn't the source's shape at all; nothing of it was written. */
export class BatchRefusedError extends BadInputError {
  constructor(source: string, missingColumns: readonly string[], required: readonly string[]) {
    const missing = missingColumns.map((column) => `"${column}"`).join(', ')
    super(
      'rows',
      `These rows are not of the shape of source "${source}": no row has ${missing}. ` +
        `Every row needs ${required.join(', ')}. Nothing was written.`,
      { missingColumns },
    )
  }
}

/** So much of a batch or page is bad that rather its source has changed; nothing of it was written. */
export class TooManyBadRowsError extends SteelthreadError {
  readonly code = 'TOO_MANY_BAD_ROWS'
}

/** Something that the service stands on is gone for now; what was asked is safe to ask again. */
export class UnavailableError extends SteelthreadError {
  readonly code = 'UNAVAILABLE'
  override readonly extensions = { http: { status: 503 } }
}

/** Others are at what was asked for, for longer than is waited; what was asked is safe to ask again. */
export class BusyError extends SteelthreadError {
  readonly code = 'BUSY'
  override readonly extensions = withRetry(503, this.details)
}

/** A caller has asked for as much as it may for now; `details.retryAfterSeconds` says when it may ask again. */
export class QuotaError extends SteelthreadError {
  readonly code = 'QUOTA_EXCEEDED'
  override readonly extensions = withRetry(429, this.details)
}

/** A source is being pulled or removed. */
export class SourceBusyError extends BusyError {}

/** A process has as many subscribers as it may; subscribing is safe to try again. */
export class TooManySubscribersError extends SteelthreadError {
  readonly code = 'TOO_MANY_SUBSCRIBERS'
}

/** A subscriber takes events more slowly than they come; its subscription is over. */
export class TooSlowError extends SteelthreadError {
  readonly code = 'SUBSCRIBER_TOO_SLOW'
}

/** It isn't known who asks, or what was said about that isn't true; the message says what would be. */
export class UnauthenticatedError extends SteelthreadError {
  readonly code = 'UNAUTHENTICATED'
  override readonly extensions = { http: { status: 401 } }
}

/** Who asks may not. */
export class ForbiddenError extends SteelthreadError {
  readonly code = 'FORBIDDEN'
  override readonly extensions = { http: { status: 403 } }
}

/** Only documents that are known beforehand are run for who asks, and this is none of them. */
export class UntrustedDocumentError extends SteelthreadError {
  readonly code = 'UNTRUSTED_DOCUMENT'
  override readonly extensions = { http: { status: 403 } }
}

/** Answering took longer than a request may, or whoever asked has gone. */
export class CancelledError extends SteelthreadError {
  readonly code = 'CANCELLED'
  override readonly extensions = { http: { status: 503 } }
}

/** The key of a batch comes again with other rows: which of the two is meant is for the client to say. */
export class IdempotencyConflictError extends SteelthreadError {
  readonly code = 'IDEMPOTENCY_CONFLICT'
}

/** Something else refers to what is to be deleted; `details.references` says what. */
export class InUseError extends SteelthreadError {
  readonly code = 'IN_USE'
}

/** A source's database is another one than before: its place and its keys can't be trusted to mean the same. */
export class SourceChangedError extends SteelthreadError {
  readonly code = 'SOURCE_CHANGED'
}

/** An external database can't be pulled: unreachable, or not of the shape that its adapter reads. */
export class SourcePullError extends SteelthreadError {
  readonly code = 'SOURCE_PULL_FAILED'
}

/** The configuration names something impossible; the message starts with the variable's name. */
export class ConfigError extends SteelthreadError {
  readonly code = 'CONFIG_INVALID'
}

/** A stage's definition or its output breaks the rules: a bug in the stage, not in the data. Clients see the message. */
export class StageError extends SteelthreadError {
  readonly code = 'STAGE_INVALID'
}

/** The version of a stage that is active isn't in this build: another one answers for it. */
export class UnknownVersionError extends SteelthreadError {
  readonly code = 'STAGE_VERSION_UNKNOWN'
  override readonly extensions = { http: { status: 503 } }

  constructor(name: string, { stage, version }: { stage: string; version: number }) {
    super(
      `Stage "${name}" can't be answered by this process: version ${version} of "${stage}" is active, and this build doesn't have it. ` +
        'Ask a process that does, or promote a version that this build has: promoteStage, or npx steelthread stages promote.',
      { stage: name, missing: { stage, version } },
    )
  }
}

/** What a stage made of some slices can't be used, or it failed to make it: what it makes of others may be sound. */
export class StageOutputError extends StageError {
  /** Those for which it is known to fail. */
  slices: readonly Window[] = []
}

/** No process runs a stage now, or none that can be reached; what was asked is safe to ask again. */
export class NoWorkerError extends SteelthreadError {
  readonly code = 'NO_WORKER'
  override readonly extensions = { http: { status: 503 } }

  constructor(stage: string) {
    super(
      `No process runs the stage "${stage}" by this logic now: start one, npx steelthread work --stages ${stage}, of a build that has it; then ask again.`,
      { stage },
    )
  }
}

/** The broker is away, and what was asked for is done by other processes; it is safe to ask again. */
export class BrokerAwayError extends SteelthreadError {
  readonly code = 'BROKER_UNAVAILABLE'
  override readonly extensions = { http: { status: 503 } }

  constructor(stage: string) {
    super(
      `The stage "${stage}" is run by other processes, and the broker that leads to them can't be reached; ask again.`,
      {
        stage,
      },
    )
  }
}

/** Others changed or discarded what was asked for again and again while it was read. */
export class ContentionError extends SteelthreadError {
  readonly code = 'CONTENTION'
}
