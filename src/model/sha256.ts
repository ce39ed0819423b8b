import { createHash } from 'node:crypto'

/** What stands for a text wherever that is too long, or not to be kept; in hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
