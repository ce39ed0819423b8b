import type { Reference } from '../source-adapter.ts'

/** What a row says of something by its name: who has a key of its own is known by that. Nothing where it says nothing. */
export function nameOr(key: unknown, name: unknown = key, client: unknown = null): Reference | undefined {
  const [id, text, whom] = [textOf(key), textOf(name), textOf(client)]
  if (id === '') return undefined
  return { external_id: id, code: text || id, name: text || id, ...(whom && { client: whom }) }
}

function textOf(value: unknown): string {
  return value === null || value === undefined ? '' : String(value).trim()
}
