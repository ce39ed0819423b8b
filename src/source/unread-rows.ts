import { quoted } from '../model/excerpts.ts'
import { ProblemCode } from '../model/problem.ts'
import type { SourceRow } from '../model/source-row.ts'
import type { Refusal } from './source-adapter.ts'

const DEEPEST_ROW = 100

/** The column of what is in a row and belongs to none of its columns, as the row couldn't be read. */
export const UNREADABLE = ''

/** The refusal of a row that no adapter should look into: one that couldn't be read, or is nested deeper than any table's row is. */
export function refusalUnread(row: SourceRow): Refusal | undefined {
  if (Object.hasOwn(row, UNREADABLE)) {
    const message =
      typeof row[UNREADABLE] === 'string'
        ? `the row must be a JSON object, not ${quoted(row[UNREADABLE])}`
        : 'the row has more fields than there are columns'
    return { problems: [{ code: ProblemCode.MALFORMED_ROW, field: null, message }] }
  }
  if (!isDeeper(row, DEEPEST_ROW)) return undefined
  const message = `the row is nested more than ${DEEPEST_ROW} levels deep`
  return { problems: [{ code: ProblemCode.TOO_DEEP, field: null, message }] }
}

/** Whether an object or list holds others in more levels than so many, itself the first. */
export function isDeeper(root: object, deepest: number): boolean {
  let level = containersIn(root)
  for (let depth = 1; level.length > 0; depth++) {
    if (depth >= deepest) return true
    level = level.flatMap(containersIn)
  }
  return false
}

const NONE: object[] = []

/** Most rows are flat, so nothing is made for those. */
function containersIn(container: object): object[] {
  let found = NONE
  for (const key in container) {
    const value: unknown = (container as Record<string, unknown>)[key]
    if (typeof value !== 'object' || value === null) continue
    if (found === NONE) found = []
    found.push(value)
  }
  return found
}
