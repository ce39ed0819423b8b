import { createHash } from 'node:crypto'
import type pg from 'pg'
import { cut } from '../model/excerpts.ts'
import { inSpan } from '../model/spans.ts'

/** A connection that has prepared so many statements is given up: each keeps its plan in Postgres' memory, for ever. */
const MOST_PREPARED = 128

/** So many texts are kept with their names, so that those asked for again and again aren't hashed each time. */
const MOST_NAMES = 1_024

/** So much of a statement is told to who traces it. */
const LONGEST_TOLD = 2_000

const names = new Map<string, string>()
const preparedOn = new WeakMap<pg.ClientBase, Set<string>>()

/** A plan that is kept compares each row with each value of `= ANY`; one for the values at hand looks them up. */
const LONG_LIST = 100

/**
 * Runs a statement that has a name of its own, so that Postgres parses and plans it once a connection; made of its text,
 * so that a name means the same whoever says it. What searches a long list is planned each time.
 */
export function prepared(client: pg.ClientBase, text: string, values: readonly unknown[]): Promise<pg.QueryResult> {
  const isLong = values.some((value) => Array.isArray(value) && value.length > LONG_LIST)
  if (isLong && text.includes('= ANY (')) return unprepared(client, text, values)
  const name = nameOf(text)
  const there = preparedOn.get(client) ?? new Set()
  preparedOn.set(client, there.add(name))
  return inSpan(spanOf(text), () => client.query({ name, text, values: [...values] }))
}

export function unprepared(client: pg.ClientBase, text: string, values: readonly unknown[]): Promise<pg.QueryResult> {
  return inSpan(spanOf(text), () => client.query({ text, values: [...values] }))
}

/** A statement without its values, and without what stands in its text: that may be what a client wrote. */
function spanOf(text: string) {
  return {
    name: 'statement',
    kind: 'asks' as const,
    words: () => ({
      'db.system.name': 'postgresql',
      'db.query.text': cut(text.replaceAll(/'(?:[^']|'')*'/g, "'…'"), LONGEST_TOLD),
    }),
  }
}

/** True once a connection should not go back to its pool. */
export function isWornOut(client: pg.ClientBase): boolean {
  return (preparedOn.get(client)?.size ?? 0) > MOST_PREPARED
}

function nameOf(text: string): string {
  const known = names.get(text)
  if (known) return known
  const name = `steelthread_${createHash('sha256').update(text).digest('base64url')}`
  if (names.size >= MOST_NAMES) names.clear()
  names.set(text, name)
  return name
}
