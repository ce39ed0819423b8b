import type { Database } from '../cache/database.ts'
import { type Window, windowColumns } from '../model/window.ts'
import type { Annotation } from '../stages/annotation.ts'
import { type AnnotationColumns, annotationsOf, annotationsSql } from './annotation-rows.ts'
import type { Reading } from './fresh-read.ts'
import { WINDOWS } from './slice-sql.ts'
import type { StageAsked } from './stage-table.ts'

/**
 * The annotations of a stage in the windows, as `windowsFor` its period gives them, ordered by user and date, as
 * instances of its output class; and how fresh they are.
 */
export async function readAnnotations(
  database: Database,
  { stage, table }: StageAsked,
  windows: readonly Window[],
): Promise<Reading<Annotation[]>> {
  const text = `SELECT ${annotationsSql(stage, table, WINDOWS)} AS columns`
  const [found] = await database.sql<{ columns: AnnotationColumns }>(text, windowColumns(windows))
  if (!found) throw new Error('Broken invariant: a SELECT of one row gave none.')
  const { annotations, slices } = annotationsOf(stage, table, found.columns)
  const { fresh, stale, unusable } = slices
  const checked = fresh.length + stale.length
  return {
    value: annotations.filter((annotation) => annotation !== undefined),
    parts: [{ stage: stage.definition.name, checked, stale, unusable, windows }],
  }
}
