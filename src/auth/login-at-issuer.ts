/** How a person logs in at the issuer: the code flow of OpenID Connect, with PKCE. */
import type { Configuration } from 'openid-client'
import { type Caller, ROLES } from '../model/caller.ts'
import { ForbiddenError, type SteelthreadError, UnauthenticatedError, UnavailableError } from '../model/errors.ts'
import type { IssuedTokens, IssuerSettings } from './issued-tokens.ts'

/** As whom the service is known to the issuer. */
export interface LoginSettings {
  clientId: string
  /** Undefined: the client is a public one, which has no secret. */
  clientSecret: string | undefined
  /** What the issuer is asked for, with blanks between. */
  scopes: string
  /** Where people find the service; the issuer sends them back there. */
  publicUrl: string
}

/** What a browser keeps from being sent to the issuer until it comes back. Whoever changes it can't finish his own login. */
export interface LoginAttempt {
  state: string
  nonce: string
  verifier: string
  /** Until when it may be finished, in milliseconds. */
  until: number
  /** Where to go on then: a path of the page. */
  to: string
}

/** So long a person may take to log in at the issuer. */
export const ATTEMPT_SECONDS = 600

/** How long the issuer may take for an answer. */
const ANSWER_SECONDS = 5

/** Where the issuer sends people back to. */
export const CALLBACK = '/login/callback'

type OpenIdClient = typeof import('openid-client')

export class LoginAtIssuer {
  private readonly issuer: IssuerSettings
  private readonly settings: LoginSettings
  private readonly tokens: Pick<IssuedTokens, 'read'>
  private known: Promise<{ client: OpenIdClient; configuration: Configuration }> | undefined

  constructor(issuer: IssuerSettings, settings: LoginSettings, tokens: Pick<IssuedTokens, 'read'>) {
    this.issuer = issuer
    this.settings = settings
    this.tokens = tokens
  }

  /** Where a browser is sent, and what it keeps meanwhile. @throws UnavailableError where the issuer can't be asked. */
  async begin(to: string): Promise<{ url: URL; attempt: LoginAttempt }> {
    const { client, configuration } = await this.configured()
    const [state, nonce, verifier] = [client.randomState(), client.randomNonce(), client.randomPKCECodeVerifier()]
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: new URL(CALLBACK, this.settings.publicUrl).href,
      scope: this.settings.scopes,
      ...{ state, nonce },
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    return { url, attempt: { state, nonce, verifier, until: Date.now() + ATTEMPT_SECONDS * 1_000, to } }
  }

  /**
   * Who came back from the issuer.
   * @param search Of the address to which the issuer sent the browser.
   * @throws UnauthenticatedError where it isn't told who that is. @throws ForbiddenError where that one has no role here.
   * @throws UnavailableError where the issuer can't be asked.
   */
  async finish(search: string, { state, nonce, verifier, until }: LoginAttempt): Promise<Caller> {
    if (!(until > Date.now())) throw new UnauthenticatedError('The login took too long; begin it anew.')
    const { client, configuration } = await this.configured()
    const address = new URL(CALLBACK, this.settings.publicUrl)
    address.search = search
    const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true }
    const tokens = await client.authorizationCodeGrant(configuration, address, checks).catch((error: unknown) => {
      throw faultOf(client, error)
    })
    const claims = tokens.claims()
    if (!claims) throw new Error('Broken invariant: an id token was checked that is not there.')
    return this.tokens.read(claims).catch((error: unknown) => {
      if (!(error instanceof UnauthenticatedError)) throw error
      throw new ForbiddenError(
        `The issuer knows you, but gives you no role here (${ROLES.join(', ')}): ask whoever runs the service for one. ${error.message}`,
      )
    })
  }

  /** How the issuer is asked; where it couldn't be, that is tried again. */
  private configured(): Promise<{ client: OpenIdClient; configuration: Configuration }> {
    this.known ??= this.discovered().catch((error: unknown) => {
      this.known = undefined
      throw new UnavailableError('The issuer can’t be asked just now, so nobody logs in by it.', {}, error)
    })
    return this.known
  }

  private async discovered(): Promise<{ client: OpenIdClient; configuration: Configuration }> {
    const client = await import('openid-client')
    const { issuer, algorithm, skewSeconds } = this.issuer
    const { clientId, clientSecret } = this.settings
    const metadata = { id_token_signed_response_alg: algorithm, [client.clockTolerance]: skewSeconds }
    const proof = clientSecret === undefined ? client.None() : client.ClientSecretPost(clientSecret)
    const configuration = await client.discovery(new URL(issuer), clientId, metadata, proof, {
      timeout: ANSWER_SECONDS,
      execute: [
        client.enableNonRepudiationChecks,
        // The configuration takes such an issuer on this machine alone.
        ...(issuer.startsWith('http:') ? [client.allowInsecureRequests] : []),
      ],
    })
    return { client, configuration }
  }
}

/** What a person is told: nothing that came in from outside but the code of an error. */
function faultOf(client: OpenIdClient, error: unknown): SteelthreadError {
  if (error instanceof client.AuthorizationResponseError) {
    return new UnauthenticatedError(`The issuer didn’t log you in${codeOf(error.error)}.`, {}, error)
  }
  if (error instanceof client.ResponseBodyError && error.error === 'invalid_grant') {
    return new UnauthenticatedError('The issuer takes this login for finished or outdated; begin it anew.', {}, error)
  }
  if (error instanceof client.ResponseBodyError) {
    return new UnavailableError(`The issuer doesn’t tell this service who you are${codeOf(error.error)}.`, {}, error)
  }
  if (error instanceof client.WWWAuthenticateChallengeError) {
    return new UnavailableError('The issuer doesn’t take this service for the client that it should be.', {}, error)
  }
  if (error instanceof client.ClientError && !AWAY.includes(error.code ?? '')) {
    return new UnauthenticatedError('What the issuer says of you doesn’t hold; begin the login anew.', {}, error)
  }
  return new UnavailableError('The issuer can’t be asked just now who you are.', {}, error)
}

/** Codes of an issuer that doesn't answer, or answers nothing sensible. */
const AWAY = ['OAUTH_TIMEOUT', 'OAUTH_ABORT', 'OAUTH_RESPONSE_IS_NOT_CONFORM', 'OAUTH_RESPONSE_IS_NOT_JSON']

function codeOf(text: string): string {
  return /^[\w.-]{1,64}$/.test(text) ? ` (${text})` : ''
}
