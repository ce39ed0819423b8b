/** A row is shown as what its stage says that it is: an instance of its output class. */
import type { Annotation } from '../../periods/annotation.ts'
import { propertyOf, type StageAsked, valueColumns } from '../slices/stage-table.ts'
import type { AnnotationColumns } from './annotation-columns.ts'

/** The rows as annotations, undefined where a slice has none. */
export function annotationsOf(
  { stage, table, asOf }: StageAsked,
  columns: AnnotationColumns,
): (Annotation | undefined)[] {
  const { output: Output, name, version } = stage.definition
  const [start = '', end] = table.period.map((column) => propertyOf(table, column))
  const values = valueColumns(table).map((column) => [column.property, columns[`:${column.name}`] ?? []] as const)
  const { subjectId: subjects, from, to, needed, sourceSum, computed, changed, there } = columns
  const subject = propertyOf(table, table.subject)
  return subjects.map((subjectId, i) => {
    // What is torn is never shown.
    if (!there[i] || sourceSum[i] === null) return undefined
    const annotation = new Output() as Annotation & Record<string, unknown>
    annotation.stage = name
    annotation.logic = stage.logic
    if (asOf) annotation.asOf = asOf
    annotation.version = version
    annotation.isFresh = sourceSum[i] === needed[i]
    annotation.computedAt = new Date(computed[i] ?? Number.NaN)
    annotation.changedAt = new Date(changed[i] ?? Number.NaN)
    annotation[subject] = subjectId
    annotation[start] = from[i]
    if (end) annotation[end] = to[i]
    for (const [property, column] of values) annotation[property] = column[i]
    return annotation
  })
}
