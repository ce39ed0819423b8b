import { createHash, randomBytes } from 'node:crypto'

/** With it begins every key, so that who finds one knows what it is of. */
export const KEY_PREFIX = 'st_'

/** A key's secret: 256 bits of chance. It is shown once. */
export function newKeySecret(): string {
  return `${KEY_PREFIX}${randomBytes(32).toString('base64url')}`
}

/** What is kept of a secret. What is made of so much chance need not be hashed slowly: nobody can try all there are. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** What the cookie of a browser that logged in holds. */
export function newSessionToken(): string {
  return randomBytes(32).toString('base64url')
}
