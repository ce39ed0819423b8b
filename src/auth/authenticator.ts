/** Finds out who asks: by a key, by an issuer's token, or by the cookie of a browser that logged in. */
import type { IncomingHttpHeaders } from 'node:http'
import { parseCookie } from 'cookie'
import {
  endSession,
  insertSession,
  type KnownKey,
  keyOf,
  type LoggedIn,
  markUsed,
  sessionOf,
} from '../cache/api-keys.ts'
import type { Database } from '../cache/database.ts'
import type { Caller } from '../model/caller.ts'
import { UnauthenticatedError } from '../model/errors.ts'
import { IssuedTokens, type IssuerSettings } from './issued-tokens.ts'
import { LoginAtIssuer, type LoginSettings } from './login-at-issuer.ts'
import { namedIn } from './named.ts'
import { hashOf, KEY_PREFIX, newSessionToken } from './secrets.ts'

/** The cookie of a browser that logged in. */
export const SESSION_COOKIE = 'steelthread_session'

/** A browser that logged in is asked again after so long. */
export const SESSION_HOURS = 12

export interface AuthSettings {
  issuer?: IssuerSettings | undefined
  /** How people log in at the issuer; undefined: they don't. */
  login?: LoginSettings | undefined
}

export interface Authenticator {
  /** Whether anybody is asked who that is. */
  readonly isOn: boolean
  /** @throws UnauthenticatedError where it isn't known who asks. */
  callerOf(headers: IncomingHttpHeaders): Promise<Caller>
}

/** Takes whoever asks for one and the same. */
export function takenFor(caller: Caller): Authenticator {
  return { isOn: false, callerOf: async () => caller }
}

/** Asks who it is, of everybody. */
export class CheckingAuthenticator implements Authenticator {
  readonly isOn = true
  private readonly database: Database
  readonly tokens: IssuedTokens | undefined
  readonly atIssuer: LoginAtIssuer | undefined

  constructor(database: Database, { issuer, login }: AuthSettings) {
    this.database = database
    this.tokens = issuer && new IssuedTokens(issuer, namedIn(database))
    this.atIssuer = issuer && login && this.tokens && new LoginAtIssuer(issuer, login, this.tokens)
  }

  async callerOf(headers: IncomingHttpHeaders): Promise<Caller> {
    const { authorization } = headers
    if (authorization !== undefined) return this.callerOfSecret(secretIn(authorization))
    const token = sessionIn(headers)
    if (token) return this.callerOfSession(token)
    throw new UnauthenticatedError(
      'Say who asks: by a header "Authorization: Bearer …" with an API key' +
        `${this.tokens ? ' or a token of the issuer' : ''}, or log in at /.`,
    )
  }

  /** Whom a key or an issuer's token is of. */
  async callerOfSecret(secret: string): Promise<Caller> {
    if (this.tokens && !secret.startsWith(KEY_PREFIX)) return this.tokens.callerOf(secret)
    return callerOfKey(await this.keyOf(secret))
  }

  /** A token for the browser of somebody who gave a key or was named by the issuer. */
  async logIn(who: { secret: string } | { caller: Caller }): Promise<string> {
    const loggedIn: LoggedIn =
      'secret' in who ? { keyId: (await this.keyOf(who.secret)).id, caller: null } : { keyId: null, caller: who.caller }
    const token = newSessionToken()
    await this.database.transaction((sql) => insertSession(sql, hashOf(token), loggedIn, SESSION_HOURS))
    return token
  }

  async logOut(token: string): Promise<void> {
    await this.database.transaction((sql) => endSession(sql, hashOf(token)))
  }

  private async keyOf(secret: string): Promise<KnownKey> {
    const key = await keyOf(this.database.sql, hashOf(secret))
    if (!key) {
      throw new UnauthenticatedError('The API key is none, has expired, or was revoked; ask an admin for another.')
    }
    // Nobody waits for it, and nothing depends on it.
    if (key.isUseDue) void this.database.transaction((sql) => markUsed(sql, key.id)).catch(() => undefined)
    return key
  }

  private async callerOfSession(token: string): Promise<Caller> {
    const session = await sessionOf(this.database.sql, hashOf(token))
    if (!session) throw new UnauthenticatedError('You are not logged in any more; log in again at /.')
    return session.caller ?? callerOfKey(session.key)
  }
}

/** What a browser that logged in holds. */
export function sessionIn({ cookie }: IncomingHttpHeaders): string | undefined {
  return cookie === undefined ? undefined : parseCookie(cookie)[SESSION_COOKIE]
}

function secretIn(authorization: string): string {
  const [, secret] = /^Bearer +([\w.~+/=-]{1,8000})$/i.exec(authorization) ?? []
  if (secret) return secret
  throw new UnauthenticatedError('The header Authorization must be "Bearer " and an API key or a token.')
}

export function callerOfKey({ id, name, role, teamIds, userIds, sources }: KnownKey): Caller {
  const scope = teamIds || userIds ? { teamIds: teamIds ?? [], userIds: userIds ?? [] } : null
  return { role, name, id, scope, sources }
}
