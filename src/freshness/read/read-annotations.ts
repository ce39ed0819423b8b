/** A list of annotations is read with the freshness of every slice in its windows. */
import { type Window, windowColumns } from '../../model/window.ts'
import type { Annotation } from '../../periods/annotation.ts'
import { windowsAt } from '../slices/slice-sql.ts'
import type { StageAsked } from '../slices/stage-table.ts'
import { prunesOf } from '../slices/standing.ts'
import { type AnnotationColumns, annotationsIn } from './annotation-columns.ts'
import type { Reads } from './moment.ts'
import { annotationsOf } from './presentation.ts'
import type { Reading } from './rounds.ts'
import { standingOf } from './rules.ts'

/**
 * The annotations of a stage in the windows, as `windowsFor` its period gives them, ordered by user and date, as
 * instances of its output class; and how fresh they are.
 */
export async function readAnnotations(
  reads: Reads,
  asked: StageAsked,
  windows: readonly Window[],
): Promise<Reading<Annotation[]>> {
  const { stage, table } = asked
  const text = `WITH ${windowsAt('windows')} SELECT ${annotationsIn('windows', stage, table)} AS columns, ${prunesOf(stage)} AS prunes`
  const [found] = await reads.sql<{ columns: AnnotationColumns; prunes: number | null }>(text, windowColumns(windows))
  if (!found) throw new Error('Broken invariant: a SELECT of one row gave none.')
  const { fresh, stale, unusable } = standingOf(found.columns)
  const checked = fresh.length + stale.length
  return {
    value: annotationsOf(asked, found.columns).filter((annotation) => annotation !== undefined),
    parts: [{ stage, checked, stale, unusable, prunes: found.prunes, windows }],
  }
}
