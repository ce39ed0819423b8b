import { SteelthreadError } from './errors.ts'

/**
 * What one request may ask for, by the variable that sets it. Rows are objects of the answer, values their fields, and
 * person-periods what must be looked at for them; all are counted before anything is run.
 */
export const DEFAULT_LIMITS = {
  /** Bytes of a request: 10,000 rows of some 3 KB. */
  MAX_BODY_BYTES: 32 * 1024 * 1024,
  /** Values of a request's JSON, at any depth: 10,000 rows of some 100 columns. */
  MAX_BODY_VALUES: 1_000_000,
  /** Bytes of a query, variables aside. */
  MAX_QUERY_BYTES: 64 * 1024,
  MAX_QUERY_TOKENS: 5_000,
  MAX_QUERY_DEPTH: 15,
  MAX_QUERY_ALIASES: 50,
  MAX_QUERY_ROWS: 100_000,
  MAX_QUERY_VALUES: 1_000_000,
  MAX_QUERY_PERSON_PERIODS: 1_000_000,
  /** Person-days of pasts, which are computed for each query anew. */
  MAX_QUERY_PAST_DAYS: 100_000,
  /** Seconds until a query is given up; mutations are finished. */
  MAX_QUERY_SECONDS: 60,
  /** Bytes of an answer. */
  MAX_RESULT_BYTES: 64 * 1024 * 1024,
}

/** How long what is under way may take to end when the service stops. */
export const DEFAULT_GRACE_SECONDS = 10

/** How long a stage may take for one batch of slices. */
export const DEFAULT_STAGE_SECONDS = 30

/** In percent; see `admit`. */
export const DEFAULT_QUARANTINE_LIMIT = 20

/** For how many days rows are kept as they came. */
export const DEFAULT_BATCH_KEEP_DAYS = 90

/** For how many days it is kept who changed what, unless told. */
export const DEFAULT_AUDIT_KEEP_DAYS = 400

/** After how long a source is missed that was neither pulled well nor sent. */
export const DEFAULT_SILENCE_SECONDS = 2 * 86_400

/** How long it is kept what activities were before they became what they are. */
export const DEFAULT_HISTORY_SECONDS = 400 * 86_400

export type LimitName = keyof typeof DEFAULT_LIMITS

export type Limits = Readonly<Record<LimitName, number>>

/** A request asks for more than one may; `details` say which limit it is, what is allowed and what was asked for. */
export class LimitError extends SteelthreadError {
  readonly code = 'LIMIT_EXCEEDED'
  override readonly extensions: { http: { status: number } }

  constructor(
    limit: LimitName,
    { message, status = 400, ...counts }: { message: string; status?: number; allowed: number; asked?: number },
  ) {
    super(`${message} ${limit} sets the limit.`, { limit, ...counts })
    this.extensions = { http: { status } }
  }
}

/** That more is asked for than is allowed: `The query has 7 rows; 5 are allowed. Ask for less.` */
export function tooMuch(
  limit: LimitName,
  limits: Limits,
  asked: number,
  [what, unit, advice]: readonly [what: string, unit: string, advice: string],
): LimitError {
  const allowed = limits[limit]
  const number = (value: number) => value.toLocaleString('en')
  const message = `${what} ${number(asked)} ${unit}; ${number(allowed)} are allowed. ${advice}`
  return new LimitError(limit, { allowed, asked, message })
}
