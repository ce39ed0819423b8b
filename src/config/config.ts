import { z } from 'zod'
import { ROLES, Role } from '../model/caller.ts'
import { ConfigError } from '../model/errors.ts'
import {
  DEFAULT_AUDIT_KEEP_DAYS,
  DEFAULT_BATCH_KEEP_DAYS,
  DEFAULT_GRACE_SECONDS,
  DEFAULT_HISTORY_SECONDS,
  DEFAULT_LIMITS,
  DEFAULT_QUARANTINE_LIMIT,
  DEFAULT_SILENCE_SECONDS,
  DEFAULT_STAGE_SECONDS,
  type LimitName,
  type Limits,
} from '../model/limits.ts'
import { DEFAULT_QUOTAS, type Quota, type Restrictions, UNRESTRICTED } from '../model/restrictions.ts'
import type { TableShape } from '../model/table-shape.ts'
import { BILLED_ADDS_VALUE, type ValueRules } from '../model/value-rules.ts'
import { type FileSource, sourcesIn } from './sources-file.ts'
import { type SourceTimes, secondsOf, sourceTimes, type TimeName } from './times.ts'
import { documentsIn, type NamedFile } from './trusted-documents-file.ts'
import {
  BROKER_URL_ADVICE,
  isBrokerUrl,
  isOrigin,
  isPostgresUrl,
  isSafeFromOthers,
  isSourceUrl,
  isWebUrl,
  POSTGRES_URL_ADVICE,
  SOURCE_URL_ADVICE,
} from './urls.ts'

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
/** What begins like a limit is meant to be one. */
const LIMIT_VARIABLE = /^MAX_(BODY|QUERY|RESULT)_/
/** By which an issuer may sign; none that both sides share a secret for. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const
const HOST_NAME = /^[a-z0-9][a-z0-9.-]*$|^[0-9a-f:]*:[0-9a-f:.]+$/i
const LONGEST_GRACE = 3_600
const LONGEST_STAGE = 3_600
const DEFAULT_BROKER_KEEP_DAYS = 7
const DEFAULT_BROKER_MAX_BYTES = 256 * 1024 * 1024
const DAY = 86_400
const LONGEST_HISTORY = 36_500 * DAY

const SOURCE_SETTINGS = ['URL', 'ADAPTER', ...Object.keys(sourceTimes)]
const SOURCE_VARIABLE = new RegExp(`^SOURCE_([A-Z0-9_]+)_(${SOURCE_SETTINGS.join('|')})$`)

const postgresUrl = z.string().refine(isPostgresUrl, { message: POSTGRES_URL_ADVICE })

const limitNames = Object.keys(DEFAULT_LIMITS) as LimitName[]
const limit = z
  .string()
  .regex(/^[1-9]\d{0,9}$/, 'must be a whole number from 1 to 9999999999')
  .transform(Number)

/** Null: for ever. */
const keptDays = z
  .string()
  .regex(/^([1-9]\d{0,4}d|forever)$/, 'must be a number of days such as 90d, or forever')
  .transform((text) => (text === 'forever' ? null : Number.parseInt(text, 10)))
const PORT_ADVICE = 'must be a port number from 0 to 65535'
const port = z
  .string()
  .regex(/^\d+$/, PORT_ADVICE)
  .transform(Number)
  .refine((port) => port <= 65_535, PORT_ADVICE)
/** Points a minute; null: as many as are wanted. */
const quota = z
  .string()
  .regex(/^([1-9]\d{0,11}|off)$/, 'must be a whole number of points a minute from 1 to 999999999999, or off')
  .transform((text) => (text === 'off' ? null : Number(text)))

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
  PORT: port.default(4000),
  METRICS_PORT: port.optional(),
  AUTH: z.enum(['keys', 'none'], { error: 'must be keys or none' }).optional(),
  PUBLIC_URL: z
    .string()
    .refine(isOrigin, 'must be where people find the service, such as https://steelthread.example')
    .optional(),
  AUTH_ISSUER: z
    .string()
    .refine(
      isSafeFromOthers,
      'must be the URL of an OpenID Connect issuer, with https; with http on this machine alone',
    )
    .optional(),
  AUTH_AUDIENCE: z.string().min(1, 'must be the name by which tokens are for this service').optional(),
  AUTH_ALGORITHM: z.enum(ALGORITHMS, { error: `must be one of ${ALGORITHMS.join(', ')}` }).default('RS256'),
  AUTH_CLOCK_SKEW: z
    .string()
    .transform(secondsOf)
    .refine((seconds) => seconds <= 600, { message: 'must be a time such as 30s, at most 10m' })
    .default(30),
  AUTH_ROLE_CLAIM: z.string().min(1).default('steelthread_role'),
  AUTH_TEAMS_CLAIM: z.string().min(1).default('steelthread_teams'),
  AUTH_USER_CLAIM: z.string().min(1).default('steelthread_user'),
  QUOTA_VIEWER: quota.default(DEFAULT_QUOTAS.viewer),
  QUOTA_INGESTER: quota.default(DEFAULT_QUOTAS.ingester),
  QUOTA_OPERATOR: quota.default(DEFAULT_QUOTAS.operator),
  QUOTA_ADMIN: quota.default(DEFAULT_QUOTAS.admin),
  QUOTA_ANYBODY: quota.default(null),
  ALLOW_INTROSPECTION: z.enum(['yes', 'no'], { error: 'must be yes or no' }).optional(),
  TRUSTED_DOCUMENTS: z.string().optional(),
  TRUSTED_DOCUMENTS_FOR: z.enum(['viewers', 'all'], { error: 'must be viewers or all' }).default('viewers'),
  AUTH_CLIENT_ID: z.string().min(1, 'must be the name by which the issuer knows this service').optional(),
  AUTH_CLIENT_SECRET: z
    .string()
    .min(1, 'must be what the issuer gave out, or be left out for a public client')
    .optional(),
  AUTH_SCOPES: z
    .string()
    .refine((text) => text.split(' ').includes('openid'), 'must be names with blanks between them, openid among them')
    .default('openid profile email'),
  DATABASE_URL: postgresUrl.optional(),
  STOP_GRACE: z
    .string()
    .transform(secondsOf)
    .refine((seconds) => seconds <= LONGEST_GRACE, { message: 'must be a time such as 10s or 2m, at most 1h' })
    .default(DEFAULT_GRACE_SECONDS),
  STAGE_TIMEOUT: z
    .string()
    .transform(secondsOf)
    .refine((seconds) => seconds >= 2 && seconds <= LONGEST_STAGE, {
      message: 'must be a time such as 30s or 2m, from 2s to 1h',
    })
    .default(DEFAULT_STAGE_SECONDS),
  QUARANTINE_LIMIT: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a whole number of percent from 0 to 100')
    .transform(Number)
    .refine((percent) => percent <= 100, 'must be a whole number of percent from 0 to 100')
    .default(DEFAULT_QUARANTINE_LIMIT),
  BATCH_KEEP: keptDays.default(DEFAULT_BATCH_KEEP_DAYS),
  AUDIT_KEEP: keptDays.default(DEFAULT_AUDIT_KEEP_DAYS),
  ALERT_WEBHOOK_URL: z.string().refine(isWebUrl, 'must be a URL such as https://chat.example/hooks/…').optional(),
  ALERT_SILENCE: z
    .string()
    .transform((text) => (text === 'off' ? 0 : secondsOf(text)))
    .refine((seconds) => seconds === 0 || (seconds >= 60 && seconds <= 365 * 86_400), {
      message: 'must be a time such as 12h or 2d, from 1m to 365d, or off',
    })
    .default(DEFAULT_SILENCE_SECONDS),
  STAGE_PROMOTION: z.enum(['auto', 'manual'], { error: 'must be auto or manual' }).default('auto'),
  HISTORY_KEEP: z
    .string()
    .transform((text) => (text === 'forever' ? Number.POSITIVE_INFINITY : /^\d+d$/.test(text) ? secondsOf(text) : 0))
    .refine((seconds) => seconds >= DAY && (seconds <= LONGEST_HISTORY || seconds === Number.POSITIVE_INFINITY), {
      message: 'must be a number of days such as 400d, from 1d to 36500d, or forever',
    })
    .default(DEFAULT_HISTORY_SECONDS),
  EAGER_STAGES: z
    .string()
    .regex(/^\w+(,\w+)*$/, 'must be names of stages with commas between them: nva_summary,waste_trend')
    .transform((text) => text.split(','))
    .default([]),
  BROKER_URL: z.string().refine(isBrokerUrl, BROKER_URL_ADVICE).optional(),
  BROKER_PREFIX: z
    .string()
    .regex(/^[\w-]{1,64}(\.[\w-]{1,64}){0,3}$/, 'must be a word such as steelthread, or several with dots between them')
    .default('steelthread'),
  BROKER_CREDENTIALS: z.string().optional(),
  BROKER_TLS_CA: z.string().optional(),
  BROKER_TLS_CERT: z.string().optional(),
  BROKER_TLS_KEY: z.string().optional(),
  BROKER_KEEP: z
    .string()
    .regex(/^[1-9]\d{0,3}d$/, 'must be a number of days such as 7d')
    .transform((text) => Number.parseInt(text, 10))
    .default(DEFAULT_BROKER_KEEP_DAYS),
  BROKER_MAX_BYTES: limit.default(DEFAULT_BROKER_MAX_BYTES),
  BROKER_REPLICAS: z
    .string()
    .regex(/^[1-5]$/, 'must be a number of servers from 1 to 5')
    .transform(Number)
    .default(1),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .string()
    .refine(isWebUrl, 'must be a URL such as http://collector.example:4318')
    .optional(),
  OTEL_SERVICE_NAME: z.string().default('steelthread'),
  STEELTHREAD_HOME: z.string().default('.steelthread'),
  LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).default('info'),
})

/** The variables that are looked at, but for those of sources. */
export const settings: readonly string[] = Object.freeze([...Object.keys(schema.shape), 'SOURCES_FILE'])

/** A source; what is not given is as usual. */
export interface SourceConfig extends SourceTimes {
  name: string
  adapter: string
  /** Not given: its rows are sent in. */
  url?: string
  value?: ValueRules
  table?: TableShape
}

/** How this process is set up. */
export interface Config {
  host: string
  /** Names under which it may be asked beside those of loopback; empty: see `http-guard.ts`. */
  allowedHosts: readonly string[]
  /** Where people find it, where that is known: an origin. */
  publicUrl: string | undefined
  /** How it is found out who asks; `none` where that was said, undefined where nothing was. */
  auth: AuthConfig | 'none' | undefined
  /** What callers are held to beyond what one request may ask for. */
  restrictions: Restrictions
  /** 0: any free port. */
  port: number
  /** Where metrics and probes are served by themselves; not given: only beside the API. */
  metricsPort: number | undefined
  /** The cache's Postgres; without it, an embedded one under `home`. */
  databaseUrl: string | undefined
  home: string
  /** How long what is under way may take to end when the service stops. */
  graceSeconds: number
  /** How long a stage may take for one batch. */
  stageSeconds: number
  logLevel: (typeof LOG_LEVELS)[number]
  /** What one request may ask for. */
  limits: Limits
  /** Of how many percent of bad rows a batch is refused whole. */
  quarantineLimit: number
  /** How long it is kept what activities were; infinite: for ever. */
  historySeconds: number
  /** For how many days rows are kept as they came; null: for ever. */
  batchKeepDays: number | null
  /** For how many days it is kept who changed what; null: for ever. */
  auditKeepDays: number | null
  /** Where alerts are sent, and after how many seconds a source is missed (0: never); not given: nobody is told. */
  alerts: { url: string; silenceSeconds: number } | undefined
  /** Whether a raised version of a stage takes over when a build that has it is started first, or is promoted by hand. */
  stagePromotion: 'auto' | 'manual'
  /** Names of stages that are brought up to date before anybody asks. */
  eagerStages: readonly string[]
  /** The broker that leads to processes which run stages; not given: this one does all. */
  broker: BrokerConfig | undefined
  /** Where traces are sent, and whose they are; not given: nothing is traced. */
  tracing: { endpoint: string; serviceName: string } | undefined
  sources: readonly SourceConfig[]
}

/** Whoever asks has a key, or a token of the issuer if there is one. */
export interface AuthConfig {
  issuer:
    | {
        issuer: string
        audience: string
        algorithm: string
        /** By how much clocks may differ. */
        skewSeconds: number
        roleClaim: string
        teamsClaim: string
        userClaim: string
      }
    | undefined
  /** How people log in at the issuer; undefined: they don't. */
  login: { clientId: string; clientSecret: string | undefined; scopes: string; publicUrl: string } | undefined
}

/** How the broker is reached; paths are of files. */
export interface BrokerConfig {
  url: string
  /** With it begin the names of all that goes over it. */
  prefix: string
  credentialsFile: string | undefined
  tls: { caFile: string | undefined; certFile: string | undefined; keyFile: string | undefined }
  /** For so long it keeps events, up to so many bytes, on so many servers. */
  keepDays: number
  mostBytes: number
  replicas: number
}

/**
 * The configuration out of the environment, and out of the sources' file if there is one, checked and frozen.
 * @throws ConfigError that names everything that is wrong and says what would be right.
 */
export function configOf(
  env: Readonly<Record<string, string>>,
  file?: NamedFile,
  trustedDocuments?: NamedFile,
): Config {
  const parsed = schema.safeParse(env)
  const problems = parsed.success
    ? []
    : parsed.error.issues.map(({ path: [variable], message }) => `${String(variable)} ${message}`)
  const sources = sourceSettings(env, file ? sourcesIn(file, env, problems) : new Map(), problems)
  problems.push(...misspelt(env, sources), ...authFaults(env), ...restrictionFaults(env))
  const documents = trustedDocuments && documentsIn(trustedDocuments, problems)
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems.join('; '))
  const {
    HOST,
    ALLOWED_HOSTS,
    PORT,
    METRICS_PORT,
    AUTH,
    AUTH_ISSUER,
    AUTH_AUDIENCE,
    AUTH_ALGORITHM,
    AUTH_CLOCK_SKEW,
    AUTH_ROLE_CLAIM,
    AUTH_TEAMS_CLAIM,
    AUTH_USER_CLAIM,
    QUOTA_VIEWER,
    QUOTA_INGESTER,
    QUOTA_OPERATOR,
    QUOTA_ADMIN,
    QUOTA_ANYBODY,
    ALLOW_INTROSPECTION,
    TRUSTED_DOCUMENTS: _,
    TRUSTED_DOCUMENTS_FOR,
    AUTH_CLIENT_ID,
    AUTH_CLIENT_SECRET,
    AUTH_SCOPES,
    PUBLIC_URL,
    DATABASE_URL,
    STOP_GRACE,
    STAGE_TIMEOUT,
    STEELTHREAD_HOME,
    LOG_LEVEL,
    QUARANTINE_LIMIT,
    HISTORY_KEEP,
    BATCH_KEEP,
    AUDIT_KEEP,
    ALERT_WEBHOOK_URL,
    ALERT_SILENCE,
    STAGE_PROMOTION,
    EAGER_STAGES,
    BROKER_URL,
    BROKER_PREFIX,
    BROKER_CREDENTIALS,
    BROKER_TLS_CA,
    BROKER_TLS_CERT,
    BROKER_TLS_KEY,
    BROKER_KEEP,
    BROKER_MAX_BYTES,
    BROKER_REPLICAS,
    OTEL_EXPORTER_OTLP_ENDPOINT,
    OTEL_SERVICE_NAME,
    ...limits
  } = parsed.data
  return Object.freeze({
    host: HOST,
    allowedHosts: Object.freeze(ALLOWED_HOSTS),
    publicUrl: PUBLIC_URL,
    auth:
      AUTH === 'none' || (!AUTH && !AUTH_ISSUER)
        ? AUTH && 'none'
        : {
            issuer: AUTH_ISSUER
              ? {
                  issuer: AUTH_ISSUER,
                  audience: AUTH_AUDIENCE ?? '',
                  algorithm: AUTH_ALGORITHM,
                  skewSeconds: AUTH_CLOCK_SKEW,
                  roleClaim: AUTH_ROLE_CLAIM,
                  teamsClaim: AUTH_TEAMS_CLAIM,
                  userClaim: AUTH_USER_CLAIM,
                }
              : undefined,
            login: AUTH_CLIENT_ID
              ? {
                  clientId: AUTH_CLIENT_ID,
                  clientSecret: AUTH_CLIENT_SECRET,
                  scopes: AUTH_SCOPES,
                  publicUrl: PUBLIC_URL ?? '',
                }
              : undefined,
          },
    restrictions: Object.freeze({
      quotas: isAuthOn(env)
        ? {
            [Role.VIEWER]: quotaOf('QUOTA_VIEWER', QUOTA_VIEWER),
            [Role.INGESTER]: quotaOf('QUOTA_INGESTER', QUOTA_INGESTER),
            [Role.OPERATOR]: quotaOf('QUOTA_OPERATOR', QUOTA_OPERATOR),
            [Role.ADMIN]: quotaOf('QUOTA_ADMIN', QUOTA_ADMIN),
          }
        : { ...UNRESTRICTED.quotas, [Role.ADMIN]: quotaOf('QUOTA_ANYBODY', QUOTA_ANYBODY) },
      hidesSchema: ALLOW_INTROSPECTION ? ALLOW_INTROSPECTION === 'no' : isAuthOn(env) && env.NODE_ENV === 'production',
      trusted: documents
        ? { documents, held: TRUSTED_DOCUMENTS_FOR === 'all' ? ROLES : [Role.VIEWER, Role.INGESTER] }
        : null,
    }),
    port: PORT,
    metricsPort: METRICS_PORT,
    databaseUrl: DATABASE_URL,
    home: STEELTHREAD_HOME,
    graceSeconds: STOP_GRACE,
    stageSeconds: STAGE_TIMEOUT,
    logLevel: LOG_LEVEL,
    limits: Object.freeze(limits),
    quarantineLimit: QUARANTINE_LIMIT,
    historySeconds: HISTORY_KEEP,
    batchKeepDays: BATCH_KEEP,
    auditKeepDays: AUDIT_KEEP,
    alerts: ALERT_WEBHOOK_URL ? { url: ALERT_WEBHOOK_URL, silenceSeconds: ALERT_SILENCE } : undefined,
    stagePromotion: STAGE_PROMOTION,
    eagerStages: Object.freeze(EAGER_STAGES),
    broker: BROKER_URL
      ? {
          url: BROKER_URL,
          prefix: BROKER_PREFIX,
          credentialsFile: BROKER_CREDENTIALS,
          tls: { caFile: BROKER_TLS_CA, certFile: BROKER_TLS_CERT, keyFile: BROKER_TLS_KEY },
          keepDays: BROKER_KEEP,
          mostBytes: BROKER_MAX_BYTES,
          replicas: BROKER_REPLICAS,
        }
      : undefined,
    tracing: OTEL_EXPORTER_OTLP_ENDPOINT
      ? { endpoint: OTEL_EXPORTER_OTLP_ENDPOINT, serviceName: OTEL_SERVICE_NAME }
      : undefined,
    sources: Object.freeze(sources),
  })
}

function sourceSettings(
  env: Readonly<Record<string, string>>,
  file: ReadonlyMap<string, FileSource>,
  problems: string[],
): SourceConfig[] {
  const inEnv = Object.keys(env).flatMap((variable) => SOURCE_VARIABLE.exec(variable)?.[1]?.toLowerCase() ?? [])
  return [...new Set([...file.keys(), ...inEnv])].map((name) => {
    const upper = name.toUpperCase()
    const { adapter = name, url: fileUrl, value, otherwise, table, ...times } = file.get(name) ?? {}
    const url = env[`SOURCE_${upper}_URL`]
    if (name === 'api')
      problems.push(`SOURCE_${upper}_URL can't be: "api" is the source of what is made through the API`)
    if (url === undefined && !file.has(name)) {
      const other = Object.keys(env).find((variable) => SOURCE_VARIABLE.exec(variable)?.[1] === upper)
      problems.push(`SOURCE_${upper}_URL is missing, though ${other} is set`)
    } else if (url !== undefined && !isSourceUrl(url)) {
      problems.push(`SOURCE_${upper}_URL ${SOURCE_URL_ADVICE}`)
    }
    const place = url ?? fileUrl ?? (file.has(name) ? undefined : '')
    return {
      name,
      adapter: env[`SOURCE_${upper}_ADAPTER`] ?? adapter,
      ...(place !== undefined && { url: place }),
      ...(value || otherwise ? { value: rulesOf(value, otherwise) } : {}),
      ...(table && { table }),
      ...timesOf(times),
      ...timesInEnv(env, upper, problems),
    }
  })
}

function rulesOf(
  rules: ValueRules['rules'] = BILLED_ADDS_VALUE.rules,
  otherwise = BILLED_ADDS_VALUE.otherwise,
): ValueRules {
  return { rules, otherwise }
}

/** Times out of the file, where they were checked. */
function timesOf(times: { every?: string; overlap?: string; timeout?: string; sweep?: string }): SourceTimes {
  const given = Object.entries(times).flatMap(([name, text]) => {
    const { setting, off } = sourceTimes[name.toUpperCase() as TimeName]
    return text === undefined ? [] : [[setting, text === off ? 0 : secondsOf(text)]]
  })
  return Object.fromEntries(given)
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

/** What of authentication doesn't fit together. */
function authFaults(env: Readonly<Record<string, string>>): string[] {
  const { AUTH, AUTH_ISSUER, AUTH_AUDIENCE, AUTH_CLIENT_ID, PUBLIC_URL } = env
  const faults: string[] = []
  if (AUTH === 'none' && AUTH_ISSUER) {
    faults.push('AUTH must not be none where AUTH_ISSUER is set: leave one of them out')
  } else if (AUTH_ISSUER && !AUTH_AUDIENCE) {
    faults.push('AUTH_AUDIENCE must be set where AUTH_ISSUER is: tokens that are for another service would do here')
  }
  for (const name of ['AUTH_AUDIENCE', 'AUTH_CLIENT_ID']) {
    if (env[name] && !AUTH_ISSUER) faults.push(`${name} does nothing without AUTH_ISSUER`)
  }
  if (env.AUTH_CLIENT_SECRET && !AUTH_CLIENT_ID) faults.push('AUTH_CLIENT_SECRET does nothing without AUTH_CLIENT_ID')
  if (AUTH_CLIENT_ID && !PUBLIC_URL) {
    faults.push('PUBLIC_URL must be set where AUTH_CLIENT_ID is: the issuer sends people back there')
  }
  return faults
}

/** Whether it is found out who asks. */
function isAuthOn({ AUTH, AUTH_ISSUER }: Readonly<Record<string, string>>): boolean {
  return AUTH === 'keys' || AUTH_ISSUER !== undefined
}

function quotaOf(setting: string, perMinute: number | null): Quota | null {
  return perMinute === null ? null : { setting, perMinute }
}

/** Restrictions of callers that there are not, and what would restrict nobody. */
function restrictionFaults(env: Readonly<Record<string, string>>): string[] {
  const set = Object.keys(env).filter((variable) => variable.startsWith('QUOTA_'))
  const ofRoles = ROLES.map((role) => `QUOTA_${role.toUpperCase()}`)
  const quotas = set.flatMap((variable) => {
    if (variable === 'QUOTA_ANYBODY') {
      return isAuthOn(env)
        ? [`${variable} does nothing where it is asked who asks; there are ${ofRoles.join(', ')}`]
        : []
    }
    if (!ofRoles.includes(variable)) {
      return [`${variable} is no quota; there are ${[...ofRoles, 'QUOTA_ANYBODY'].join(', ')}`]
    }
    return isAuthOn(env) ? [] : [`${variable} does nothing without AUTH=keys or AUTH_ISSUER; there is QUOTA_ANYBODY`]
  })
  const { TRUSTED_DOCUMENTS, TRUSTED_DOCUMENTS_FOR } = env
  if (TRUSTED_DOCUMENTS_FOR && !TRUSTED_DOCUMENTS) {
    return [...quotas, 'TRUSTED_DOCUMENTS_FOR does nothing without TRUSTED_DOCUMENTS']
  }
  if (TRUSTED_DOCUMENTS && TRUSTED_DOCUMENTS_FOR !== 'all' && !isAuthOn(env)) {
    const why = 'holds nobody to it where nobody is asked who asks'
    return [...quotas, `TRUSTED_DOCUMENTS ${why}: set TRUSTED_DOCUMENTS_FOR=all, or AUTH=keys`]
  }
  return quotas
}

function timesInEnv(env: Readonly<Record<string, string>>, upper: string, problems: string[]): SourceTimes {
  const times: SourceTimes = {}
  for (const [time, { setting, least, most, off }] of Object.entries(sourceTimes)) {
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
