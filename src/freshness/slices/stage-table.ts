/** A stage's table is read off its output class: there is no second list of its columns. */
import type { DataSource } from 'typeorm'
import { StageError } from '../../model/errors.ts'
import { subjects } from '../../model/subject.ts'
import { periods } from '../../periods/index.ts'
import type { StageDefinition } from '../../stages/define-stage.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import { columnsOf } from '../../stages/stage-logic.ts'

/** A column of a stage's table that its output gives a value for. */
export interface StageColumn {
  name: string
  property: string
  /** The column's type in Postgres. */
  type: string
  nullable: boolean
}

/** A stage's table, read off its output class. */
export interface StageTable {
  name: string
  /** The column that names the subject of a row's slice. */
  subject: string
  /** The columns that, with it, say which slice a row belongs to: its start and, for sprints, its end. */
  period: readonly string[]
  /** Every column but `logic`, keys first. */
  columns: readonly StageColumn[]
  /** What orders the rows of a slice. */
  keys: readonly string[]
}

export type TableOf = (stage: Stage) => StageTable

const NUMBERS: ReadonlySet<string> = new Set(['smallint', 'integer', 'bigint', 'real', 'double precision'])

/** Whether a column of this type in Postgres holds numbers. */
export function isNumber(type: string): boolean {
  return NUMBERS.has(type)
}

/** A stage to be read, with its table. */
export interface StageAsked {
  stage: Stage
  table: StageTable
  /** The moment of which it is read, where that isn't now. */
  asOf?: Date | undefined
}

/** @throws StageError where the output class lacks the columns of its stage's period, or one that is said to be a sum. */
export function stageTable(dataSource: DataSource, definition: StageDefinition): StageTable {
  const { name, output, period, subject: subjectName = 'user', sums = [], lacks = [] } = definition
  const subject = subjects[subjectName].column
  const metadata = dataSource.getMetadata(output)
  const keys = metadata.primaryColumns.map((column) => column.databaseName)
  const ofPeriod = periods[period].columns.filter((column) => column !== undefined)
  const missing = ['logic', subject, ...ofPeriod].find((column) => !keys.includes(column))
  if (missing) {
    throw new StageError(
      `Stage "${name}": its output's key needs the column "${missing}", as that of every ${period} stage of ${subjectName}s.`,
    )
  }
  // In the table all values may be null: rows of other versions lack them.
  const declared = new Map(columnsOf(output).map((column) => [column.name, column]))
  const columns = metadata.columns.map((column) => ({
    name: column.databaseName,
    property: column.propertyName,
    type: dataSource.driver.normalizeType(column),
    nullable: declared.get(column.givenDatabaseName ?? column.propertyName)?.nullable ?? false,
  }))
  const noSum = sums.find((sum) => !columns.some((column) => column.name === sum && NUMBERS.has(column.type)))
  if (noSum) {
    const numbers = columns.filter(({ type }) => NUMBERS.has(type)).map((column) => column.name)
    throw new StageError(`Stage "${name}": its sum "${noSum}" is no column of numbers; there is ${numbers.join(', ')}.`)
  }
  return {
    name: metadata.tableName,
    subject,
    period: ofPeriod,
    columns: columns.filter((column) => column.name !== 'logic' && !lacks.includes(column.name)),
    keys: keys.filter((key) => key !== 'logic'),
  }
}

/** SQL for the condition that a row of the stage's table is of the slice which a relation of slices names. */
export function isRowOf(slices: string, { subject, period: [start, end] }: StageTable): string {
  const ofEnd = end ? ` AND ${end} = ${slices}.end_date` : ''
  return `${subject} = ${slices}.subject_id AND ${start} = ${slices}.start_date${ofEnd}`
}

/** The columns that don't say which slice a row belongs to. */
export function valueColumns({ columns, subject, period }: StageTable): StageTable['columns'] {
  return columns.filter(({ name }) => name !== subject && !period.includes(name))
}

/** What a column is called in the output class. */
export function propertyOf({ columns }: StageTable, name: string): string {
  const column = columns.find((column) => column.name === name)
  if (!column) throw new Error(`Broken invariant: a stage's table has no column "${name}".`)
  return column.property
}
