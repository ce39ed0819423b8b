/** Whatever changes something is written down: before it is begun, so that a process that ends in the middle hides nothing, and when it is over. */
import { endEntry, insertEntry } from '../cache/audit-log.ts'
import type { Database } from '../cache/database.ts'
import type { Caller } from '../model/caller.ts'
import { SteelthreadError } from '../model/errors.ts'
import { cut } from '../model/excerpts.ts'
import { newIds } from '../model/ids.ts'

/** What somebody does. */
export interface Deed {
  caller: Caller
  requestId: string | null
  /** The name of the mutation. */
  action: string
  /** To what, and why; nothing of what rows hold. */
  details: Record<string, unknown>
}

/**
 * Does `work`, and writes down who did what and what came of it.
 * @throws What `work` throws; UnavailableError where it can't be written down: then it isn't begun.
 */
export async function audited<T>(
  database: Pick<Database, 'transaction' | 'derivation'>,
  { caller, requestId, action, details }: Deed,
  work: () => Promise<T>,
): Promise<T> {
  const [id = ''] = newIds(1)
  const { name: callerName, id: callerId, role } = caller
  await database.transaction((sql) => insertEntry(sql, { id, callerName, callerId, role, requestId, action, details }))
  const end = (outcome: string, result: Record<string, unknown> | null) =>
    // What was done is done: an entry without an outcome says that it was begun.
    database.derivation((sql) => endEntry(sql, { id, outcome, result })).catch(() => undefined)
  try {
    const value = await work()
    await end('DONE', resultOf(value))
    return value
  } catch (error) {
    await end(error instanceof SteelthreadError ? error.code : 'FAILED', null)
    throw error
  }
}

/** Of what arguments say, what may be kept: of lists their beginning and how many there are, of rows how many. */
export function detailsOf(action: string, args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(args).flatMap(([name, value]): [string, unknown][] => {
    // It is known by the pseudonym that it comes to.
    if (action === 'eraseUser' && name === 'id') return []
    if (value === null || value === undefined) return []
    if (name === 'input') return Object.entries(inputOf(value))
    return [[name, shortened(value)]]
  })
  return Object.fromEntries(entries)
}

/** What is sent in is counted. */
function inputOf(input: unknown): Record<string, unknown> {
  if (Array.isArray(input)) return { count: input.length }
  const { source, idempotencyKey, rows } = input as {
    source?: string
    idempotencyKey?: string | null
    rows?: unknown[]
  }
  const named = { source, ...(idempotencyKey && { idempotencyKey }) }
  return { ...filterOf(named), rows: rows?.length ?? 0 }
}

const MOST_LISTED = 50
const LONGEST_TEXT = 2_000

function shortened(value: unknown): unknown {
  // Postgres keeps no half of a character, and no NUL: such arguments are refused by whoever they are for.
  if (typeof value === 'string') return cut(value, LONGEST_TEXT).toWellFormed().replaceAll('\0', '\uFFFD')
  if (value instanceof Date) return value.toISOString()
  if (!Array.isArray(value)) return typeof value === 'object' && value !== null ? filterOf(value) : value
  const first = value.slice(0, MOST_LISTED).map(shortened)
  return value.length <= MOST_LISTED ? first : { first, count: value.length }
}

function filterOf(filter: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(filter).flatMap(([name, value]) => (value == null ? [] : [[name, shortened(value)]])),
  )
}

const COUNTS = ['received', 'inserted', 'updated', 'unchanged', 'quarantined', 'superseded', 'skipped', 'removed']

/** Counts and ids of what a mutation gives. */
function resultOf(value: unknown): Record<string, unknown> | null {
  if (typeof value === 'number') return { count: value }
  if (Array.isArray(value)) return { count: value.length }
  if (typeof value !== 'object' || value === null) return null
  const kept = ['id', 'pseudonym', 'stage', 'version', 'slices', 'annotations', ...COUNTS]
  const own = Object.entries(value).filter(([name]) => kept.includes(name))
  // Of a key that was made, without its secret.
  const { key } = value as { key?: { id?: string } }
  return Object.fromEntries([...own, ...(key?.id ? [['id', key.id]] : [])])
}
