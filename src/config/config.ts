import { z } from 'zod'
import { ConfigError } from '../model/errors.ts'
import { DEFAULT_GRACE_SECONDS, DEFAULT_LIMITS, type LimitName, type Limits } from '../model/limits.ts'

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
/** What begins like a limit is meant to be one. */
const LIMIT_VARIABLE = /^MAX_(BODY|QUERY|RESULT)_/
const HOST_NAME = /^[a-z0-9][a-z0-9.-]*$|^[0-9a-f:]*:[0-9a-f:.]+$/i
const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }
const LONGEST_GRACE = 3_600

/** The times that a source may be given, as its setting calls them. */
const SOURCE_TIMES: readonly { time: string; setting: keyof SourceTimes; least: string; most: string; off?: string }[] =
  [
    { time: 'OVERLAP', setting: 'overlapSeconds', least: '0s', most: '30d' },
    { time: 'EVERY', setting: 'everySeconds', least: '1s', most: '7d', off: 'off' },
    { time: 'TIMEOUT', setting: 'timeoutSeconds', least: '1s', most: '1d' },
  ]

const SOURCE_SETTINGS = ['URL', 'ADAPTER', ...SOURCE_TIMES.map(({ time }) => time)]
const SOURCE_VARIABLE = new RegExp(`^SOURCE_([A-Z0-9_]+)_(${SOURCE_SETTINGS.join('|')})$`)

const postgresUrl = z.string().refine((text) => isDatabaseUrl(text, /^postgres(ql)?:/), {
  message: 'must be a URL such as postgres://user:password@host:5432/database',
})

const sourceUrl = z.string().refine((text) => isDatabaseUrl(text, /^(postgres(ql)?|mysql|mariadb):/) || isFileUrl(text))

const limitNames = Object.keys(DEFAULT_LIMITS) as LimitName[]
const limit = z
  .string()
  .regex(/^[1-9]\d{0,9}$/, 'must be a whole number from 1 to 9999999999')
  .transform(Number)

const schema = z.object({
  ...(Object.fromEntries(limitNames.map((name) => [name, limit.default(DEFAULT_LIMITS[name])])) as Record<
    LimitName,
    z.ZodDefault<typeof limit>
  >),
  HOST: z.string().default('127.0.0.1'),
  ALLOWED_HOSTS: z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim()))
    .refine((names) => names.every((name) => HOST_NAME.test(name)), {
      message: 'must be names or addresses without ports, with commas between them: team.example, 10.0.0.7',
    })
    .default([]),
  PORT: z
    .string()
    .regex(/^\d+$/, 'must be a port number from 0 to 65535')
    .transform(Number)
    .refine((port) => port <= 65_535, 'must be a port number from 0 to 65535')
    .default(4000),
  DATABASE_URL: postgresUrl.optional(),
  STOP_GRACE: z
    .string()
    .transform(secondsOf)
    .refine((seconds) => seconds <= LONGEST_GRACE, { message: 'must be a time such as 10s or 2m, at most 1h' })
    .default(DEFAULT_GRACE_SECONDS),
  STEELTHREAD_HOME: z.string().default('.steelthread'),
  LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).default('info'),
})

/** What is not given is as usual; see `SourceSetting`. */
interface SourceTimes {
  overlapSeconds?: number
  timeoutSeconds?: number
  /** 0: only at start and when it is asked for. */
  everySeconds?: number
}

/** How this process is set up. */
export interface Config {
  host: string
  /** Names under which it may be asked beside those of loopback; empty: see `http-guard.ts`. */
  allowedHosts: readonly string[]
  /** 0: any free port. */
  port: number
  /** The cache's Postgres; without it, an embedded one under `home`. */
  databaseUrl: string | undefined
  home: string
  /** How long what is under way may take to end when the service stops. */
  graceSeconds: number
  logLevel: (typeof LOG_LEVELS)[number]
  /** What one request may ask for. */
  limits: Limits
  sources: readonly ({ name: string; adapter: string; url: string } & SourceTimes)[]
}

/**
 * The configuration out of the environment, checked and frozen.
 * @throws ConfigError that names every variable that is wrong and says what would be right.
 */
export function configOf(env: Readonly<Record<string, string>>): Config {
  const parsed = schema.safeParse(env)
  const problems = parsed.success
    ? []
    : parsed.error.issues.map(({ path: [variable], message }) => `${String(variable)} ${message}`)
  const sources = sourceSettings(env, problems)
  problems.push(...misspelt(env, sources))
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems.join('; '))
  const { HOST, ALLOWED_HOSTS, PORT, DATABASE_URL, STOP_GRACE, STEELTHREAD_HOME, LOG_LEVEL, ...limits } = parsed.data
  return Object.freeze({
    host: HOST,
    allowedHosts: Object.freeze(ALLOWED_HOSTS),
    port: PORT,
    databaseUrl: DATABASE_URL,
    home: STEELTHREAD_HOME,
    graceSeconds: STOP_GRACE,
    logLevel: LOG_LEVEL,
    limits: Object.freeze(limits),
    sources: Object.freeze(sources),
  })
}

function sourceSettings(env: Readonly<Record<string, string>>, problems: string[]): Config['sources'] {
  const names = [...new Set(Object.keys(env).flatMap((variable) => SOURCE_VARIABLE.exec(variable)?.[1] ?? []))]
  return names.map((upper) => {
    const name = upper.toLowerCase()
    const url = env[`SOURCE_${upper}_URL`]
    if (name === 'api')
      problems.push(`SOURCE_${upper}_URL can't be: "api" is the source of what is made through the API`)
    if (url === undefined) {
      const other = Object.keys(env).find((variable) => SOURCE_VARIABLE.exec(variable)?.[1] === upper)
      problems.push(`SOURCE_${upper}_URL is missing, though ${other} is set`)
    } else if (!sourceUrl.safeParse(url).success) {
      problems.push(
        `SOURCE_${upper}_URL must be a URL such as postgres://user:password@host:5432/database, ` +
          'mysql://user:password@host:3306/database or file:///path/rows.csv',
      )
    }
    return {
      name,
      adapter: env[`SOURCE_${upper}_ADAPTER`] ?? name,
      url: url ?? '',
      ...sourceTimes(env, upper, problems),
    }
  })
}

/** Variables that would do nothing: of a source that is there, and those that begin like a limit. */
function misspelt(env: Readonly<Record<string, string>>, sources: Config['sources']): string[] {
  const prefixes = sources.map(({ name }) => `SOURCE_${name.toUpperCase()}_`)
  return Object.keys(env).flatMap((variable) => {
    if (LIMIT_VARIABLE.test(variable) && !Object.hasOwn(DEFAULT_LIMITS, variable)) {
      return [`${variable} is no limit; there are ${limitNames.join(', ')}`]
    }
    const prefix = prefixes.find((prefix) => variable.startsWith(prefix))
    if (!prefix || SOURCE_VARIABLE.test(variable)) return []
    return [
      `${variable} is nothing that a source has; it has ${SOURCE_SETTINGS.map((setting) => prefix + setting).join(', ')}`,
    ]
  })
}

function sourceTimes(env: Readonly<Record<string, string>>, upper: string, problems: string[]): SourceTimes {
  const times: SourceTimes = {}
  for (const { time, setting, least, most, off } of SOURCE_TIMES) {
    const variable = `SOURCE_${upper}_${time}`
    const text = env[variable]
    if (text === undefined) continue
    const seconds = text === off ? 0 : secondsOf(text)
    if (text !== off && !(seconds >= secondsOf(least) && seconds <= secondsOf(most))) {
      problems.push(
        `${variable} must be a time such as 90s, 10m, 2h or 1d, from ${least} to ${most}${off ? `, or ${off}` : ''}`,
      )
    }
    times[setting] = seconds
  }
  return times
}

/** Seconds of a time such as `10m`; NaN for anything else. */
function secondsOf(text: string): number {
  const [, amount, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? []
  return Number(amount) * (UNIT_SECONDS[unit] ?? Number.NaN)
}

/** Nothing of a user's password may stand where another part of the URL is read: that would be printed with it. */
function isDatabaseUrl(text: string, protocol: RegExp): boolean {
  if (!protocol.test(text) || !/^\w+:\/\//.test(text) || !URL.canParse(text) || !isDecodable(text)) return false
  const { pathname, searchParams, hash } = new URL(text)
  return /^(\/[^/@]*)?$/.test(pathname) && [...searchParams.keys()].every((key) => /^\w+$/.test(key)) && hash === ''
}

/** Of this machine, its path whole. */
function isFileUrl(text: string): boolean {
  if (!/^file:\/\/\/./.test(text) || !URL.canParse(text) || !isDecodable(text)) return false
  const { search, hash } = new URL(text)
  return search === '' && hash === ''
}

/** A `%` that begins no code would be found by the driver only. */
function isDecodable(text: string): boolean {
  return !/%(?![0-9a-f]{2})/i.test(text)
}
