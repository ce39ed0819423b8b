/** A small OpenID Connect provider: discovery, keys, authorization with PKCE, tokens. Whoever comes is logged in at once. */
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'

/** A pair of keys under a name, as the provider publishes and signs with it. */
export interface SigningKey {
  privateKey: CryptoKey
  jwk: JWK
  alg: string
}

export async function signingKey(alg = 'RS256', kid: string = randomUUID()): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }, alg }
}

export interface OpenIdProvider {
  issuer: string
  /** Those that it publishes. */
  keys: SigningKey[]
  /** With which it signs. */
  signing: SigningKey
  /** What it says of whoever logs in, beside what it must; undefined takes away. */
  claims: Record<string, unknown>
  /** What it leads back with instead of a code. */
  refuses: string | undefined
  /** Whether it answers anything but errors. */
  isBroken: boolean
  /** What it answers instead of its keys. */
  brokenKeys: 'error' | 'nonsense' | undefined
  /** How often somebody asked for its keys. */
  asked: { keys: number; tokens: number }
  /** A token that says this, for the audience. */
  token(claims: JWTPayload & Record<string, unknown>, key?: SigningKey): Promise<string>
  stop(): Promise<void>
}

export const CLIENT = { id: 'steelthread-page', secret: 's3cret &/%' }

/** @param port 0: any. */
export async function openIdProvider({
  port = 0,
  isPublic = false,
}: {
  port?: number
  isPublic?: boolean
} = {}): Promise<OpenIdProvider> {
  const first = await signingKey()
  const codes = new Map<string, { challenge: string; nonce: string; redirectUri: string }>()
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(500).end())
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider: OpenIdProvider = {
    issuer,
    keys: [first],
    signing: first,
    claims: {},
    refuses: undefined,
    isBroken: false,
    brokenKeys: undefined,
    asked: { keys: 0, tokens: 0 },
    token: (claims, { privateKey, jwk, alg } = provider.signing) =>
      new SignJWT({ iss: issuer, iat: seconds(), exp: seconds() + 300, sub: 'ann', ...claims })
        .setProtectedHeader({ alg, kid: jwk.kid ?? '' })
        .sign(privateKey),
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return provider

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', issuer)
    const json = (body: object, status = 200) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (provider.isBroken) return void response.writeHead(502).end('<h1>Bad gateway</h1>')
    switch (pathname) {
      case '/.well-known/openid-configuration':
        return void json({
          ...{ issuer, jwks_uri: `${issuer}/jwks` },
          ...{ authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` },
          ...{ response_types_supported: ['code'], subject_types_supported: ['public'] },
          id_token_signing_alg_values_supported: ['RS256', 'ES256'],
          code_challenge_methods_supported: ['S256'],
        })
      case '/jwks':
        provider.asked.keys += 1
        if (provider.brokenKeys === 'error') return void json({}, 500)
        if (provider.brokenKeys === 'nonsense') return void json({ keys: 'none' })
        return void json({ keys: provider.keys.map(({ jwk }) => jwk) })
      case '/authorize': {
        const redirectUri = searchParams.get('redirect_uri') ?? ''
        const back = new URL(redirectUri)
        back.searchParams.set('state', searchParams.get('state') ?? '')
        if (provider.refuses) back.searchParams.set('error', provider.refuses)
        else {
          const code = randomUUID()
          const [challenge, nonce] = [searchParams.get('code_challenge') ?? '', searchParams.get('nonce') ?? '']
          codes.set(code, { challenge, nonce, redirectUri })
          back.searchParams.set('code', code)
        }
        return void response.writeHead(302, { location: back.href }).end()
      }
      case '/token': {
        provider.asked.tokens += 1
        const form = new URLSearchParams(await textOf(request))
        const isKnown =
          form.get('client_id') === CLIENT.id && form.get('client_secret') === (isPublic ? null : CLIENT.secret)
        if (!isKnown) return void json({ error: 'invalid_client' }, 400)
        const code = form.get('code') ?? ''
        const given = codes.get(code)
        codes.delete(code)
        const challenge = createHash('sha256')
          .update(form.get('code_verifier') ?? '')
          .digest('base64url')
        if (given?.challenge !== challenge || given.redirectUri !== form.get('redirect_uri')) {
          return void json({ error: 'invalid_grant', error_description: 'no <b>such</b> code' }, 400)
        }
        const { nonce } = given
        const claims = { aud: CLIENT.id, nonce, steelthread_role: 'viewer', name: 'Ann', ...provider.claims }
        return void json({ access_token: 'opaque', token_type: 'Bearer', id_token: await provider.token(claims) })
      }
      default:
        return void response.writeHead(404).end()
    }
  }
}

export function seconds(): number {
  return Math.floor(Date.now() / 1_000)
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}
