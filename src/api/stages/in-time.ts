/** Stages have no clock, and nobody tells them what was asked for: what follows from either is added where it is shown. */

import { camelCase } from '../../model/camel-case.ts'
import { type Annotation } from '../../periods/annotation.ts'
import { day } from '../../periods/day.ts'
import { periods } from '../../periods/index.ts'
import type { Period, Span } from '../../periods/period.ts'
import type { StageDefinition } from '../../stages/define-stage.ts'

/**
 * The annotation as of `today` (ISO, UTC), for a range or for itself: whether its period is unfinished, and whether it
 * reaches beyond the range. One of a day is as it is.
 */
export function inTime(stage: StageDefinition, annotation: Annotation, today: string, range?: Span): Annotation {
  const period: Period = periods[stage.period]
  if (period.kind === 'given' || period === day) return annotation
  const start = annotation[camelCase(period.columns[0]) as keyof Annotation] as unknown as string
  const end = period.endOf(start)
  const unfinished = today <= end
  const partial = range !== undefined && (start < range.from || end > range.to)
  const shown = Object.assign(new stage.output(), annotation, { unfinished, partial })
  return unfinished ? Object.assign(shown, stage.untilOver) : shown
}
