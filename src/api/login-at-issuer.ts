/** How a browser is sent to the issuer and comes back logged in. */
import { readFileSync } from 'node:fs'
import { parseCookie, stringifySetCookie } from 'cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type CheckingAuthenticator, SESSION_HOURS } from '../auth/authenticator.ts'
import { ATTEMPT_SECONDS, CALLBACK, type LoginAtIssuer, type LoginAttempt } from '../auth/login-at-issuer.ts'
import { SteelthreadError, UnauthenticatedError } from '../model/errors.ts'
import { shown, statusOf } from './errors.ts'
import type { Guard } from './http-guard.ts'
import { sessionCookie } from './session-cookie.ts'
import { PAGE } from './web-files.ts'

/** What a browser keeps from being sent to the issuer until it comes back. */
const ATTEMPT_COOKIE = 'steelthread_login'

/** A longer address is one that nobody comes back to. */
const LONGEST_ADDRESS = 1_500

/** Serves `GET /login/issuer`, which leads to the issuer, and the address to which that leads back. */
export function serveLoginAtIssuer(
  app: FastifyInstance,
  authenticator: CheckingAuthenticator,
  atIssuer: LoginAtIssuer,
  guard: Guard,
): void {
  const errorHandler = (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    if (!(error instanceof SteelthreadError)) throw error
    const { cause } = error
    // Of what came from outside the log has the reason alone.
    const reason = cause instanceof Error ? cause.message : undefined
    app.log.warn({ code: error.code, reason }, `nobody was logged in by the issuer: ${error.message}`)
    void reply.code(statusOf(error)).header('cache-control', 'no-store')
    if (!(request.headers.accept ?? '').includes('text/html')) return reply.send(shown(error))
    return reply.type('text/html; charset=utf-8').send(pageThatSays(error.message))
  }
  app.get('/login/issuer', { errorHandler }, async (request, reply) => {
    const { url, attempt } = await atIssuer.begin(addressIn(request.query))
    return reply
      .header('set-cookie', attemptCookie(attempt, guard.isByTls(request)))
      .header('cache-control', 'no-store')
      .redirect(url.href, 302)
  })
  app.get(CALLBACK, { errorHandler }, async (request, reply) => {
    const isByTls = guard.isByTls(request)
    // Whatever comes of it: it is finished once.
    void reply.header('set-cookie', attemptCookie(null, isByTls))
    const attempt = attemptIn(request)
    const caller = await atIssuer.finish(request.url.split('?')[1] ?? '', attempt)
    const token = await authenticator.logIn({ caller })
    return reply
      .header('set-cookie', sessionCookie(token, SESSION_HOURS * 3_600, isByTls))
      .header('cache-control', 'no-store')
      .redirect(addressIn(attempt), 302)
  })
}

/**
 * Sent along when the issuer leads back, which a cookie of SameSite=Strict would not be. It is neither signed nor sealed: it
 * holds nothing but chance, and the issuer's code is good only together with the same chance.
 */
function attemptCookie(attempt: LoginAttempt | null, secure: boolean): string {
  const text = attempt ? Buffer.from(JSON.stringify(attempt)).toString('base64url') : ''
  const maxAge = attempt ? ATTEMPT_SECONDS : 0
  return stringifySetCookie(ATTEMPT_COOKIE, text, { httpOnly: true, sameSite: 'lax', path: '/login', maxAge, secure })
}

/** @throws UnauthenticatedError where the browser didn't begin a login here, or has finished it. */
function attemptIn({ headers: { cookie = '' } }: FastifyRequest): LoginAttempt {
  try {
    const text = parseCookie(cookie)[ATTEMPT_COOKIE] ?? ''
    const { state, nonce, verifier, until, to } = JSON.parse(Buffer.from(text, 'base64url').toString())
    if ([state, nonce, verifier, to].every((part) => typeof part === 'string') && typeof until === 'number') {
      return { state, nonce, verifier, until, to }
    }
  } catch {
    // Said below.
  }
  throw new UnauthenticatedError('No login was begun in this browser, or it is over already; begin it anew.')
}

/** Where to go on: an address of the page; `/` for any other. */
function addressIn(asked: unknown): string {
  const { to } = asked as { to?: unknown }
  const here = 'http://here'
  if (typeof to !== 'string' || to.length > LONGEST_ADDRESS || !to.startsWith('/')) return '/'
  if (!URL.canParse(to, here) || new URL(to, here).origin !== here) return '/'
  const { pathname, search } = new URL(to, here)
  // What begins so is another server's.
  return pathname.startsWith('//') ? '/' : `${pathname}${search}`
}

/** The page, which reads there why nobody was logged in. */
function pageThatSays(fault: string): string {
  return readFileSync(PAGE, 'utf8').replace(
    '<head>',
    () => `<head><meta name="login-fault" content="${escaped(fault)}">`,
  )
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}
