/** Tokens of an issuer that the operator trusts: JSON Web Tokens, signed with keys that the issuer publishes. */
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose'
import { type Caller, ROLES, Role } from '../model/caller.ts'
import { ConfigError, UnauthenticatedError, UnavailableError } from '../model/errors.ts'
import { cut, printable } from '../model/excerpts.ts'

/** How an issuer's tokens are checked and read. */
export interface IssuerSettings {
  /** A URL; tokens must say exactly this. */
  issuer: string
  /** Of whom tokens must say that they are for it. */
  audience: string
  /** The one by which they must be signed, such as RS256. */
  algorithm: string
  /** By how much clocks may differ. */
  skewSeconds: number
  /** Names of the claims that hold a role, teams, and a user. */
  roleClaim: string
  teamsClaim: string
  userClaim: string
}

/** Ids of what claims name: of teams by their names, of users by the source and its key. */
export interface Named {
  teamsNamed(names: readonly string[]): Promise<string[]>
  usersNamed(keys: readonly string[]): Promise<string[]>
}

/** Codes of errors that are no token's: of keys that don't come, come with another status than 200, or are none. */
const IS_OF_ISSUER = ['ERR_JWKS_TIMEOUT', 'ERR_JOSE_GENERIC', 'ERR_JWKS_INVALID']

/** As OpenID Connect has it. What tells callers apart is the same for no two of them, and goes into records. */
const SUBJECT = /^[^\p{C}]{1,255}$/u

/** How long the issuer may take to say where its keys are. */
const DISCOVERY_MS = 5_000

export class IssuedTokens {
  private readonly settings: IssuerSettings
  private readonly named: Named
  private keys: Promise<ReturnType<typeof createRemoteJWKSet>> | undefined

  constructor(settings: IssuerSettings, named: Named) {
    this.settings = settings
    this.named = named
  }

  /**
   * Whom a token is of.
   * @throws UnauthenticatedError where it isn't the issuer's, or doesn't hold now. @throws UnavailableError where the issuer can't be asked.
   */
  async callerOf(token: string): Promise<Caller> {
    const { issuer, audience, algorithm, skewSeconds } = this.settings
    const keys = await this.published()
    const { payload } = await jwtVerify(token, keys, {
      ...{ issuer, audience, algorithms: [algorithm], clockTolerance: skewSeconds },
      requiredClaims: ['sub', 'exp'],
    }).catch((error: unknown) => {
      if (!(error instanceof errors.JOSEError) || IS_OF_ISSUER.includes(error.code)) throw issuerAway(issuer, error)
      throw new UnauthenticatedError(`The token is not accepted: ${faultOf(error)}.`, {}, error)
    })
    return this.read(payload)
  }

  /** What claims make of somebody. @throws UnauthenticatedError where they say something else than they should. */
  async read(claims: JWTPayload): Promise<Caller> {
    const { issuer, roleClaim, teamsClaim, userClaim } = this.settings
    const { sub } = claims
    if (typeof sub !== 'string' || !SUBJECT.test(sub)) {
      throw new UnauthenticatedError(`The token's claim "sub" must be a text of 1 to 255 characters that can be seen.`)
    }
    const role = strongest(claims[roleClaim])
    if (!role) {
      throw new UnauthenticatedError(`The token must say in "${roleClaim}" one of ${ROLES.join(', ')}.`)
    }
    const teams = textsIn(claims, teamsClaim)
    const users = textsIn(claims, userClaim)
    const isLimited = role === Role.VIEWER && (teams !== null || users !== null)
    const name = [claims.name, claims.email, sub].find((text) => typeof text === 'string' && text !== '')
    return {
      role,
      name: cut(printable(String(name).toWellFormed()), 200),
      id: `${issuer} ${sub}`,
      scope: isLimited
        ? {
            teamIds: await this.named.teamsNamed(teams ?? []),
            userIds: await this.named.usersNamed(users ?? []),
          }
        : null,
      sources: null,
    }
  }

  /** Where the issuer couldn't be asked, that is tried again, but not by everybody who waits for it. */
  private published(): Promise<ReturnType<typeof createRemoteJWKSet>> {
    this.keys ??= this.discovered().catch((error: unknown) => {
      this.keys = undefined
      throw error
    })
    return this.keys
  }

  private async discovered(): Promise<ReturnType<typeof createRemoteJWKSet>> {
    return createRemoteJWKSet(new URL(await keysAddress(this.settings.issuer)), { timeoutDuration: DISCOVERY_MS })
  }
}

/** Where an issuer publishes its keys, as it says itself. */
async function keysAddress(issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(DISCOVERY_MS) })
    const { issuer: own, jwks_uri: keys } = (await answer.json()) as { issuer?: unknown; jwks_uri?: unknown }
    if (own !== issuer) throw new ConfigError(`AUTH_ISSUER is "${issuer}", but it calls itself "${String(own)}".`)
    if (typeof keys !== 'string' || !URL.canParse(keys)) {
      throw new ConfigError(`AUTH_ISSUER doesn't say at ${url} where its keys are (jwks_uri).`)
    }
    return keys
  } catch (error) {
    throw issuerAway(issuer, error)
  }
}

function issuerAway(issuer: string, cause: unknown): Error {
  if (cause instanceof UnauthenticatedError || cause instanceof UnavailableError) return cause
  const why = cause instanceof ConfigError ? ` ${cause.message}` : ''
  return new UnavailableError(`The issuer of tokens, ${issuer}, can't be asked for its keys.${why}`, {}, cause)
}

function faultOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'it has expired'
  if (error instanceof errors.JWTClaimValidationFailed) return `its claim "${error.claim}" is not as it must be`
  if (error instanceof errors.JOSEAlgNotAllowed) return 'it is signed by another algorithm'
  if (error instanceof errors.JWKSNoMatchingKey) return 'no key of the issuer has signed it'
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is wrong'
  return 'it is not a token of the issuer'
}

/** Of several roles the one that allows most; undefined where none is said. */
function strongest(claim: unknown): Role | undefined {
  const said = Array.isArray(claim) ? claim : [claim]
  return [...ROLES].reverse().find((role) => said.includes(role))
}

/** The texts of a claim; null where there is none. One without a value names nobody: whoever is to be limited is. @throws UnauthenticatedError for something else. */
function textsIn(claims: JWTPayload, name: string): string[] | null {
  const claim = claims[name]
  if (claim === undefined) return null
  const texts = Array.isArray(claim) ? claim : claim === null ? [] : [claim]
  // The cache holds no text with NUL.
  if (texts.every((text) => typeof text === 'string' && !text.includes('\0'))) return texts
  throw new UnauthenticatedError(`The token's claim "${name}" must be a text or a list of texts.`)
}
