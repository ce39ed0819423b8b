/**
 * What one request may ask for, by the variable that sets it. Rows are objects of the answer, person-periods what must
 * be looked at for it; both are counted before anything is run.
 */
export const DEFAULT_LIMITS = {
  /** Bytes of a request: 10,000 rows of some 3 KB. */
  MAX_BODY_BYTES: 32 * 1024 * 1024,
  /** Bytes of a query, variables aside. */
  MAX_QUERY_BYTES: 64 * 1024,
  MAX_QUERY_TOKENS: 5_000,
  MAX_QUERY_DEPTH: 15,
  MAX_QUERY_ALIASES: 50,
  MAX_QUERY_ROWS: 100_000,
  MAX_QUERY_PERSON_PERIODS: 1_000_000,
  /** Seconds until a query is given up; mutations are finished. */
  MAX_QUERY_SECONDS: 60,
  /** Bytes of an answer. */
  MAX_RESULT_BYTES: 64 * 1024 * 1024,
}

export type LimitName = keyof typeof DEFAULT_LIMITS

export type Limits = Readonly<Record<LimitName, number>>
