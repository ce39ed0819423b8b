/** What the log never holds: passwords, keys, and what rows hold. */
import pg from 'pg'
import { type LoggerOptions, pino } from 'pino'
import { withoutContent } from '../model/without-content.ts'

/** How deep it is told what caused an error, and how many of several are told of. */
const DEEPEST = 4

/** Whoever logs one of these by mistake logs that there was one. */
const SECRETS = ['authorization', 'cookie', 'password', 'secret', 'token', 'apiKey', 'variables', 'parameters', 'row']

/** Where they would stand. Not everywhere: each request has a log of its own, which that would make ten times as dear. */
const PLACES = ['', 'headers.', 'req.headers.', 'request.headers.', 'query.', 'body.', 'input.', 'config.', 'source.']

/** For pino: JSON lines with the time, and errors without what they quote. */
export function logOptions(level: string): LoggerOptions {
  return {
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: toldError },
    redact: { paths: PLACES.flatMap((place) => SECRETS.map((name) => place + name)), censor: '…' },
    hooks: { streamWrite: withoutPasswords },
  }
}

/** A line without the passwords of URLs, wherever they stand in it. */
function withoutPasswords(line: string): string {
  return line.includes('://') ? line.replaceAll(/(:\/\/[^\s"/@:]*:)[^\s"/]*@/g, '$1…@') : line
}

interface ToldError {
  type: string
  message: string
  stack?: string
  cause?: ToldError
  errors?: ToldError[]
  [more: string]: unknown
}

/** What helps to find a fault. Postgres' `detail` and `where`, and what drivers add, quote rows. */
function toldError(error: unknown, depth = 0): ToldError {
  if (!(error instanceof Error)) return { type: typeof error, message: withoutContent(String(error)) }
  const { name, stack, cause } = error
  const frames = stack?.split('\n').filter((line) => /^ {4}at /.test(line))
  return {
    type: error.constructor.name || name,
    message: messageOf(error),
    ...('code' in error && { code: error.code }),
    ...(error instanceof pg.DatabaseError && ofPostgres(error)),
    ...(frames && frames.length > 0 && { stack: frames.join('\n') }),
    ...(cause !== undefined && depth < DEEPEST && { cause: toldError(cause, depth + 1) }),
    ...(error instanceof AggregateError && {
      errors: error.errors.slice(0, DEEPEST).map((each) => toldError(each, DEEPEST)),
    }),
  }
}

/** What couldn't be parsed is quoted in any way, or in none. */
function messageOf(error: Error): string {
  return error instanceof SyntaxError ? 'Something could not be parsed.' : withoutContent(error.message)
}

function ofPostgres({ severity, schema, table, column, dataType, constraint, routine, position }: pg.DatabaseError) {
  return { severity, schema, table, column, dataType, constraint, routine, position }
}
