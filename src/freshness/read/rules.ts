/** Nothing is taken for fresh but where `source_sum` is what is needed, in the snapshot of the values. */
import { type Window, windowKey } from '../../model/window.ts'
import type { AnnotationColumns } from './annotation-columns.ts'

/** How the slices of some annotations stood. */
export interface StandingSlices {
  fresh: Window[]
  stale: Window[]
  /** How many of the stale were computed once and must not be taken: they, or what they read, were discarded or are torn. */
  unusable: number
}

/** How the slices stood to which these rows belong, each once. */
export function standingOf(columns: AnnotationColumns): StandingSlices {
  const { subjectId: subjects, from, to, needed, sourceSum, computed } = columns
  const slices: StandingSlices = { fresh: [], stale: [], unusable: 0 }
  const seen = new Set<string>()
  for (const [i, subjectId] of subjects.entries()) {
    const slice = { subjectId, from: from[i] ?? '', to: to[i] ?? '' }
    const key = windowKey(slice)
    if (seen.has(key)) continue
    seen.add(key)
    if (sourceSum[i] === needed[i]) slices.fresh.push(slice)
    else slices.stale.push(slice)
    if (sourceSum[i] === null && computed[i] !== null) slices.unusable++
  }
  return slices
}
