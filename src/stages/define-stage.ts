import type { ColumnTable } from 'arquero'
import type { SubjectName } from '../model/subject.ts'
import type { Annotation } from '../periods/annotation.ts'
import type { PeriodName } from '../periods/index.ts'

/** Table by name: `slices` (what is asked for: user_id, start_date, end_date) and whatever the stage reads. */
export type StageTables<Read extends string = string> = Readonly<Record<Read | 'slices', ColumnTable>>

/** Of two sums, by their columns. */
export interface Ratio {
  part: string
  whole: string
  description: string
}

/** A pure function from tables to a table, and what the service must know to run it only when it must. */
export interface StageDefinition<Read extends string = string> {
  /** The name of the stage, of its table, and of the table that other stages read. */
  name: string
  /**
   * Raise it whenever what the stage computes changes: stored annotations of other versions are not used. A version beside
   * it that is to be tried out, a candidate, is a definition of the same name with a higher one, behind it in the registry.
   */
  version: number
  description: string
  /** `activities`, and names of stages. */
  reads: readonly Read[]
  /** Of whom its annotations are. Default: of users. */
  subject?: SubjectName
  /** What one slice spans. */
  period: PeriodName
  /** How many periods before its own the stage looks at. Default 0. */
  lookback?: number
  /** The class of a row: entity, GraphQL type and check of the output. */
  output: new () => Annotation
  /** Columns of that class that other versions of the stage give, and this one doesn't: they are null in its rows. */
  lacks?: readonly string[]
  /** Columns that can be added up over people and periods: roll-ups of them come by themselves. */
  sums?: readonly string[]
  /** The stage of days whose sums these are, over this period: roll-ups over long ranges read them in its place. */
  sumsOf?: string
  /** What roll-ups show besides: a part of a whole, both of them sums. Null where the whole is 0. */
  ratios?: Readonly<Record<string, Ratio>>
  /** What is shown in place of values while the period isn't over: what is there so far is held against nothing. */
  untilOver?: Readonly<Record<string, unknown>>
  /** What its queries were called before they were called as its name says: they go on working. */
  queries?: { annotations?: string; totals?: string }
  /**
   * Computes the annotations of the asked slices from the union of what they read. Rows of periods that are only looked
   * back at come in, and may go out: they are let go. A row of any other user or period is an error. Columns are the
   * tables' columns. No clock, no I/O, no randomness, and the same rows for a slice whatever else is asked for beside it.
   */
  annotate(tables: StageTables<Read>): ColumnTable
}

/** A stage's definition, frozen. */
export function defineStage<const Read extends string>(definition: StageDefinition<Read>): StageDefinition {
  return Object.freeze(definition) as StageDefinition
}
