import { z } from 'zod'
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
import type { Restrictions } from '../model/restrictions.ts'
import { type BrokerConfig, brokerOf, brokerVariables } from './broker.ts'
import { type AuthConfig, authFaults, authOf, callerVariables, restrictionFaults, restrictionsOf } from './callers.ts'
import { misspeltOfSources, type SourceConfig, sourceSettings } from './source-variables.ts'
import { sourcesIn } from './sources-file.ts'
import { secondsOf } from './times.ts'
import { documentsIn, type NamedFile } from './trusted-documents-file.ts'
import { isPostgresUrl, isWebUrl, POSTGRES_URL_ADVICE } from './urls.ts'
import { wholeNumber } from './whole-number.ts'

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
/** What begins like a limit is meant to be one. */
const LIMIT_VARIABLE = /^MAX_(BODY|QUERY|RESULT)_/
const HOST_NAME = /^[a-z0-9][a-z0-9.-]*$|^[0-9a-f:]*:[0-9a-f:.]+$/i
const LONGEST_GRACE = 3_600
const LONGEST_STAGE = 3_600
const DAY = 86_400
const LONGEST_HISTORY = 36_500 * DAY

const postgresUrl = z.string().refine(isPostgresUrl, { message: POSTGRES_URL_ADVICE })

const limitNames = Object.keys(DEFAULT_LIMITS) as LimitName[]
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
const schema = z.object({
  ...(Object.fromEntries(limitNames.map((name) => [name, wholeNumber.default(DEFAULT_LIMITS[name])])) as Record<
    LimitName,
    z.ZodDefault<typeof wholeNumber>
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
  ...callerVariables,
  ...brokerVariables,
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
  problems.push(
    ...misspeltLimits(env),
    ...misspeltOfSources(env, sources),
    ...authFaults(env),
    ...restrictionFaults(env),
  )
  const documents = trustedDocuments && documentsIn(trustedDocuments, problems)
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems.join('; '))
  const { data } = parsed
  const limits = Object.fromEntries(limitNames.map((name) => [name, data[name]])) as Limits
  return Object.freeze({
    host: data.HOST,
    allowedHosts: Object.freeze(data.ALLOWED_HOSTS),
    publicUrl: data.PUBLIC_URL,
    auth: authOf(data),
    restrictions: restrictionsOf(data, env, documents),
    port: data.PORT,
    metricsPort: data.METRICS_PORT,
    databaseUrl: data.DATABASE_URL,
    home: data.STEELTHREAD_HOME,
    graceSeconds: data.STOP_GRACE,
    stageSeconds: data.STAGE_TIMEOUT,
    logLevel: data.LOG_LEVEL,
    limits: Object.freeze(limits),
    quarantineLimit: data.QUARANTINE_LIMIT,
    historySeconds: data.HISTORY_KEEP,
    batchKeepDays: data.BATCH_KEEP,
    auditKeepDays: data.AUDIT_KEEP,
    alerts: data.ALERT_WEBHOOK_URL ? { url: data.ALERT_WEBHOOK_URL, silenceSeconds: data.ALERT_SILENCE } : undefined,
    stagePromotion: data.STAGE_PROMOTION,
    eagerStages: Object.freeze(data.EAGER_STAGES),
    broker: brokerOf(data),
    tracing: data.OTEL_EXPORTER_OTLP_ENDPOINT
      ? { endpoint: data.OTEL_EXPORTER_OTLP_ENDPOINT, serviceName: data.OTEL_SERVICE_NAME }
      : undefined,
    sources: Object.freeze(sources),
  })
}

/** Variables that begin like a limit, and are none. */
function misspeltLimits(env: Readonly<Record<string, string>>): string[] {
  return Object.keys(env)
    .filter((variable) => LIMIT_VARIABLE.test(variable) && !Object.hasOwn(DEFAULT_LIMITS, variable))
    .map((variable) => `${variable} is no limit; there are ${limitNames.join(', ')}`)
}
