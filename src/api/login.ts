/** How a browser logs in and out: its key is sent once, and what it keeps then no script can read. */
import { stringifySetCookie } from 'cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  type Authenticator,
  CheckingAuthenticator,
  SESSION_COOKIE,
  SESSION_HOURS,
  sessionIn,
} from '../auth/authenticator.ts'
import { BadRequestError, ForbiddenError, SteelthreadError } from '../model/errors.ts'
import { headersOf, shown, statusOf } from './errors.ts'
import type { Guard } from './http-guard.ts'
import { LoginAttempts } from './login-attempts.ts'

/** A key, as JSON, is shorter. */
const LONGEST_BODY = 10_000

/** Serves `POST /login`, `POST /logout`, and `GET /login`, which says how one logs in. */
export function serveLogin(app: FastifyInstance, authenticator: Authenticator, guard: Guard): void {
  const checking = authenticator instanceof CheckingAuthenticator ? authenticator : undefined
  const attempts = new LoginAttempts()
  const errorHandler = (error: unknown, _: FastifyRequest, reply: FastifyReply) => {
    if (!(error instanceof SteelthreadError)) throw error
    return reply.code(statusOf(error)).headers(headersOf(error)).send(shown(error))
  }
  app.get('/login', async () => ({ isNeeded: authenticator.isOn, byKey: authenticator.isOn, byIssuer: false }))
  app.post('/login', { bodyLimit: LONGEST_BODY, errorHandler }, async (request, reply) => {
    checkOrigin(request, guard)
    if (!checking) throw new BadRequestError('Nobody logs in here: the service asks nobody who it is.')
    const secret = keyIn(request.body)
    const token = await attempts.by(request.ip, () => checking.logIn({ secret }))
    return reply
      .header('set-cookie', sessionCookie(request, token, SESSION_HOURS * 3_600))
      .code(204)
      .send()
  })
  app.post('/logout', { errorHandler }, async (request, reply) => {
    checkOrigin(request, guard)
    const token = sessionIn(request.headers)
    if (token) await checking?.logOut(token)
    return reply
      .header('set-cookie', sessionCookie(request, '', 0))
      .code(204)
      .send()
  })
}

/** Browsers send it to this service alone, and never for another's page; scripts can't read it. */
export function sessionCookie({ protocol, headers }: FastifyRequest, token: string, maxAge: number): string {
  // Whoever ends TLS before the service says so.
  const isSecure = protocol === 'https' || headers['x-forwarded-proto'] === 'https'
  return stringifySetCookie(SESSION_COOKIE, token, {
    ...{ httpOnly: true, sameSite: 'strict', path: '/', maxAge },
    secure: isSecure,
  })
}

/** @throws ForbiddenError where a browser asks for another's page. */
function checkOrigin({ headers }: FastifyRequest, guard: Guard): void {
  const fault = guard.originFault(headers)
  if (fault !== undefined) throw new ForbiddenError(fault)
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
