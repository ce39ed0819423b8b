/** How a browser logs in and out: its key is sent once, and what it keeps then no script can read. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Authenticator, CheckingAuthenticator, SESSION_HOURS, sessionIn } from '../auth/authenticator.ts'
import { BadRequestError, SteelthreadError } from '../model/errors.ts'
import { headersOf, shown, statusOf } from './errors.ts'
import type { Guard } from './http-guard.ts'
import { serveLoginAtIssuer } from './login-at-issuer.ts'
import { LoginAttempts } from './login-attempts.ts'
import { sessionCookie } from './session-cookie.ts'
import { WEB } from './web-files.ts'

/** A key, as JSON, is shorter. */
export const LONGEST_BODY = 10_000

/** Serves `POST /login`, `POST /logout`, and `GET /login`, which says how one logs in. */
export function serveLogin(app: FastifyInstance, authenticator: Authenticator, guard: Guard): void {
  const checking = authenticator instanceof CheckingAuthenticator ? authenticator : undefined
  const attempts = new LoginAttempts()
  const errorHandler = (error: unknown, _: FastifyRequest, reply: FastifyReply) => {
    if (!(error instanceof SteelthreadError)) throw error
    return reply.code(statusOf(error)).headers(headersOf(error)).send(shown(error))
  }
  const { isOn } = authenticator
  app.get('/login', async ({ headers }, reply) => {
    // Whoever comes there by hand wants to log in.
    if (headers.accept?.includes('text/html')) return reply.sendFile('index.html', WEB)
    void reply.header('cache-control', 'no-store').header('vary', 'accept')
    return { isNeeded: isOn, byKey: isOn, byIssuer: checking?.atIssuer !== undefined }
  })
  if (checking?.atIssuer) serveLoginAtIssuer(app, checking, checking.atIssuer, guard)
  app.post('/login', { errorHandler }, async (request, reply) => {
    guard.checkOrigin(request.headers)
    if (!checking) throw new BadRequestError('Nobody logs in here: the service asks nobody who it is.')
    const secret = keyIn(request.body)
    const token = await attempts.by(request.ip, () => checking.logIn({ secret }))
    return reply
      .header('set-cookie', sessionCookie(token, SESSION_HOURS * 3_600, guard.isByTls(request)))
      .code(204)
      .send()
  })
  app.post('/logout', { errorHandler }, async (request, reply) => {
    guard.checkOrigin(request.headers)
    const token = sessionIn(request.headers)
    if (token) await checking?.logOut(token)
    return reply
      .header('set-cookie', sessionCookie('', 0, guard.isByTls(request)))
      .code(204)
      .send()
  })
}

/** @param body A Buffer of JSON. */
function keyIn(body: unknown): string {
  try {
    const { key } = JSON.parse(String(body))
    if (typeof key === 'string' && key.length > 0) return key.trim()
  } catch {
    // Said below.
  }
  throw new BadRequestError('A key is sent as JSON: {"key": "st_…"}.')
}
