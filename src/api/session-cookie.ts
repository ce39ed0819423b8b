import { stringifySetCookie } from 'cookie'
import { SESSION_COOKIE } from '../auth/authenticator.ts'

/** Browsers send it to this service alone, and never for another's page; scripts can't read it. */
export function sessionCookie(token: string, maxAge: number, secure: boolean): string {
  return stringifySetCookie(SESSION_COOKIE, token, { httpOnly: true, sameSite: 'strict', path: '/', maxAge, secure })
}
