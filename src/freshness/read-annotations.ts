import type { Database } from '../cache/database.ts'
import type { Dispatcher } from '../dispatch/dispatcher.ts'
import type { Receipt } from '../model/receipt.ts'
import { type Window, windowColumns } from '../model/window.ts'
import type { Annotation } from '../stages/annotation.ts'
import { type AnnotationColumns, annotationsOf, annotationsSql } from './annotation-rows.ts'
import { freshRead } from './fresh-read.ts'
import { WINDOWS } from './slice-sql.ts'
import type { StageAsked } from './stage-table.ts'

/** The annotations of a stage in the windows, as `windowsFor` its period gives them, fresh, ordered by user and date, as instances of its output class. */
export async function readAnnotations(
  database: Database,
  dispatcher: Dispatcher,
  { stage, table }: StageAsked,
  asked: readonly Window[],
  receipt: Receipt,
  signal: AbortSignal,
): Promise<Annotation[]> {
  const text = `SELECT ${annotationsSql(stage, table, WINDOWS)} AS columns`
  const read = async () => {
    const [found] = await database.sql<{ columns: AnnotationColumns }>(text, windowColumns(asked))
    if (!found) throw new Error('Broken invariant: a SELECT of one row gave none.')
    const { annotations, slices } = annotationsOf(stage, table, found.columns)
    const value = annotations.filter((annotation) => annotation !== undefined)
    const { fresh, stale, unusable } = slices
    const part = {
      stage: stage.definition.name,
      checked: fresh.length + stale.length,
      stale,
      unusable,
      windows: asked,
    }
    return { value, parts: [part] }
  }
  return freshRead(dispatcher, receipt, read, signal)
}
