import type { SourceAdapter } from './source-adapter.ts'

/** What counts as a blank around a key: what `trim` takes away. */
export const BLANKS =
  '\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff'

/**
 * A source's key as it is stored and looked up, whoever brings it: without the blanks that columns of fixed width pad
 * with, and in lower case where the source doesn't tell cases apart.
 */
export function normalKey(key: string, { caselessKeys = false }: Pick<SourceAdapter, 'caselessKeys'> = {}): string {
  const trimmed = key.trim()
  return caselessKeys ? trimmed.toLowerCase() : trimmed
}
