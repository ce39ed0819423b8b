import { randomBytes } from 'node:crypto'
import { sha256 } from '../model/sha256.ts'

/** With it begins every key, so that who finds one knows what it is of. */
export const KEY_PREFIX = 'st_'

/** A key's secret: 256 bits of chance. It is shown once. */
export function newKeySecret(): string {
  return `${KEY_PREFIX}${randomBytes(32).toString('base64url')}`
}

/** What is kept of a secret. What is made of so much chance need not be hashed slowly: nobody can try all there are. */
export function hashOf(secret: string): string {
  return sha256(secret)
}

/** What the cookie of a browser that logged in holds. */
export function newSessionToken(): string {
  return randomBytes(32).toString('base64url')
}
