import { plainText } from '../field-checks.ts'
import type { Reference } from '../source-adapter.ts'

/** What a row says of something by its name: who has a key of its own is known by that. Nothing where it says nothing. */
export function nameOr(key: unknown, name: unknown = key, client: unknown = null): Reference | undefined {
  const [id, text, whom] = [plainText(key).trim(), plainText(name).trim(), plainText(client).trim()]
  if (id === '') return undefined
  return { external_id: id, code: text || id, name: text || id, ...(whom && { client: whom }) }
}
