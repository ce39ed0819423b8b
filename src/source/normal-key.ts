import type { SourceAdapter } from './source-adapter.ts'

/**
 * A source's key as it is stored and looked up, whoever brings it: without the blanks that columns of fixed width pad
 * with, and in lower case where the source doesn't tell cases apart.
 */
export function normalKey(key: string, { caselessKeys = false }: Pick<SourceAdapter, 'caselessKeys'> = {}): string {
  const trimmed = key.trim()
  return caselessKeys ? trimmed.toLowerCase() : trimmed
}
