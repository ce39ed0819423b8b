/** A row belongs to one slice, which its key names. */
import type { Window } from '../../model/window.ts'
import type { StageTable } from './stage-table.ts'

/** The rows of one slice, each as its values in the order of the table's columns. */
export type SliceRows = unknown[][]

/** The rows of some slices of a stage, by slice: each has some, or none. */
export class RowsBySlice {
  private readonly rows: Map<string, SliceRows>
  private readonly period: readonly string[]

  constructor({ period }: StageTable, slices: readonly Window[]) {
    this.period = period
    this.rows = new Map(slices.map((slice) => [this.keyOf(slice), []]))
  }

  /** @throws Error, as an invariant is broken, where it isn't one of the slices. */
  of(slice: Window): SliceRows {
    const rows = this.rows.get(this.keyOf(slice))
    if (!rows) throw new Error(`Broken invariant: the rows of ${this.keyOf(slice)} were not looked for.`)
    return rows
  }

  /** Adds a row to its slice, which the values of its subject's and the period's columns name; false where it is none of them. */
  add(key: readonly unknown[], row: unknown[]): boolean {
    const rows = this.rows.get(key.join(' '))
    rows?.push(row)
    return rows !== undefined
  }

  /** What tells a slice from the others of its stage: its subject, its start and, where periods may overlap, its end. */
  private keyOf({ subjectId, from, to }: Window): string {
    return this.period.length === 1 ? `${subjectId} ${from}` : `${subjectId} ${from} ${to}`
  }
}

/** True if two slices hold the same rows, whatever their order. */
export function sameRows(a: SliceRows, b: SliceRows): boolean {
  if (a.length !== b.length) return false
  const texts = (rows: SliceRows) => rows.map((row) => JSON.stringify(row)).sort()
  const [left, right] = [texts(a), texts(b)]
  return left.every((text, i) => text === right[i])
}
