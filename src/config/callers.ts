/** Who asks, and what callers are held to: the variables, and what they come to. */
import { z } from 'zod'
import { ROLES, Role } from '../model/caller.ts'
import { DEFAULT_QUOTAS, type Quota, type Restrictions, UNRESTRICTED } from '../model/restrictions.ts'
import { secondsOf } from './times.ts'
import { isOrigin, isSafeFromOthers } from './urls.ts'

/** By which an issuer may sign; none that both sides share a secret for. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const

/** Points a minute; null: as many as are wanted. */
const quota = z
  .string()
  .regex(/^([1-9]\d{0,11}|off)$/, 'must be a whole number of points a minute from 1 to 999999999999, or off')
  .transform((text) => (text === 'off' ? null : Number(text)))

export const callerVariables = {
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
}

type CallerVariables = z.infer<z.ZodObject<typeof callerVariables>>
type Env = Readonly<Record<string, string>>

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

/** `none` where that was said, undefined where nothing was. */
export function authOf(variables: CallerVariables): AuthConfig | 'none' | undefined {
  const { AUTH, AUTH_ISSUER, AUTH_CLIENT_ID } = variables
  if (AUTH === 'none' || (!AUTH && !AUTH_ISSUER)) return AUTH && 'none'
  return {
    issuer: AUTH_ISSUER
      ? {
          issuer: AUTH_ISSUER,
          audience: variables.AUTH_AUDIENCE ?? '',
          algorithm: variables.AUTH_ALGORITHM,
          skewSeconds: variables.AUTH_CLOCK_SKEW,
          roleClaim: variables.AUTH_ROLE_CLAIM,
          teamsClaim: variables.AUTH_TEAMS_CLAIM,
          userClaim: variables.AUTH_USER_CLAIM,
        }
      : undefined,
    login: AUTH_CLIENT_ID
      ? {
          clientId: AUTH_CLIENT_ID,
          clientSecret: variables.AUTH_CLIENT_SECRET,
          scopes: variables.AUTH_SCOPES,
          publicUrl: variables.PUBLIC_URL ?? '',
        }
      : undefined,
  }
}

/** @param documents Those that are trusted, if some are named. */
export function restrictionsOf(
  variables: CallerVariables,
  env: Env,
  documents: NonNullable<Restrictions['trusted']>['documents'] | undefined,
): Restrictions {
  const { ALLOW_INTROSPECTION, TRUSTED_DOCUMENTS_FOR } = variables
  return Object.freeze({
    quotas: isAuthOn(env)
      ? {
          [Role.VIEWER]: quotaOf('QUOTA_VIEWER', variables.QUOTA_VIEWER),
          [Role.INGESTER]: quotaOf('QUOTA_INGESTER', variables.QUOTA_INGESTER),
          [Role.OPERATOR]: quotaOf('QUOTA_OPERATOR', variables.QUOTA_OPERATOR),
          [Role.ADMIN]: quotaOf('QUOTA_ADMIN', variables.QUOTA_ADMIN),
        }
      : { ...UNRESTRICTED.quotas, [Role.ADMIN]: quotaOf('QUOTA_ANYBODY', variables.QUOTA_ANYBODY) },
    hidesSchema: ALLOW_INTROSPECTION ? ALLOW_INTROSPECTION === 'no' : isAuthOn(env) && env.NODE_ENV === 'production',
    trusted: documents
      ? { documents, held: TRUSTED_DOCUMENTS_FOR === 'all' ? ROLES : [Role.VIEWER, Role.INGESTER] }
      : null,
  })
}

/** What of authentication doesn't fit together. */
export function authFaults(env: Env): string[] {
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
function isAuthOn({ AUTH, AUTH_ISSUER }: Env): boolean {
  return AUTH === 'keys' || AUTH_ISSUER !== undefined
}

function quotaOf(setting: string, perMinute: number | null): Quota | null {
  return perMinute === null ? null : { setting, perMinute }
}

/** Restrictions of callers that there are not, and what would restrict nobody. */
export function restrictionFaults(env: Env): string[] {
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
