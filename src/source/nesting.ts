import { ProblemCode } from '../model/problem.ts'
import type { SourceRow } from '../model/source-row.ts'
import type { Translation } from './source-adapter.ts'

const DEEPEST_ROW = 100

/** The refusal of a row that no adapter should look into: one nested deeper than any table's row is. */
export function refusalUnread(row: SourceRow): Extract<Translation, { problems: unknown }> | undefined {
  if (!isDeeper(row, DEEPEST_ROW)) return undefined
  const message = `the row is nested more than ${DEEPEST_ROW} levels deep`
  return { problems: [{ code: ProblemCode.TOO_DEEP, field: null, message }] }
}

/** Whether an object or list holds others in more levels than so many, itself the first. */
export function isDeeper(root: object, deepest: number): boolean {
  const open: { container: object; level: number }[] = [{ container: root, level: 1 }]
  for (let next = open.pop(); next; next = open.pop()) {
    if (next.level > deepest) return true
    for (const value of Object.values(next.container)) {
      if (typeof value === 'object' && value !== null) open.push({ container: value, level: next.level + 1 })
    }
  }
  return false
}
