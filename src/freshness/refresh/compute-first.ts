/** Days of which nothing was ever computed need no look at what is there: all stages of them are computed at once. */
import type { ColumnTable } from 'arquero'
import { isKeyTaken, type Sql } from '../../cache/database.ts'
import type { Receipt } from '../../model/receipt.ts'
import type { Subject } from '../../model/subject.ts'
import { type Window, windowColumns } from '../../model/window.ts'
import { ACTIVITIES, type Stage } from '../../stages/stage-graph.ts'
import { slicesIn, windowsAt } from '../slices/slice-sql.ts'
import { isOfOneDay } from '../slices/source-sum.ts'
import type { TableOf } from '../slices/stage-table.ts'
import { windowsLookedAt } from '../slices/stage-windows.ts'
import { annotate, type Means } from './annotate.ts'
import { type Columns, frozenTable } from './frozen-table.ts'
import { keepSlices } from './lock.ts'
import { plainColumns } from './plain-output.ts'
import { activitiesSql, sliceTable } from './read-inputs.ts'
import { insertColumns } from './store.ts'

/** Some of the slices, or of those that they read, are there, or what came out needs a closer look: nothing may be done. */
export class NotFirst extends Error {}

/** Types whose values come out of a table as they went in, in the same order. */
const EXACT = new Set(['smallint', 'integer', 'bigint', 'double precision', 'boolean', 'uuid', 'date'])

/** The stage and all that it reads, what is read first; null unless all of them are of one day, and stored as they are. */
export function chainOf(stage: Stage, tableOf: TableOf): Stage[] | null {
  const chain = new Set<Stage>()
  const add = (each: Stage) => {
    each.stages.forEach(add)
    chain.add(each)
  }
  add(stage)
  const isExact = (each: Stage) => each === stage || tableOf(each).columns.every(({ type }) => EXACT.has(type))
  return [...chain].every((each) => isOfOneDay(each) && isExact(each)) ? [...chain] : null
}

/**
 * Computes slices of the last stage of a chain, which are in key order, and those of the others that they read. All are made
 * by the statement that reads their activities, in key order, those that a slice reads before it: it locks them, and as nobody
 * has seen them, their sums are known by then.
 * @throws NotFirst where one of them is there, or its subject isn't, or where what a stage gives isn't plainly right; the
 * transaction must be taken back then.
 * @throws StageOutputError where one of the stages fails for one of them.
 */
export async function computeFirst(
  sql: Sql,
  chain: readonly Stage[],
  means: Means,
  slices: readonly Window[],
): Promise<Receipt> {
  const last = chain.at(-1)
  if (!last) throw new Error('Broken invariant: a chain has a stage.')
  const kept = await keepSlices(sql, last, slices)
  const count = chain.length * slices.length
  const values = [...windowColumns(windowsLookedAt(last, kept)), count]
  const [made] = await sql<{ activities: Columns | null }>(makeSql(chain, last.subject), values).catch(
    (error: unknown) => {
      throw isKeyTaken(error) ? new NotFirst() : error
    },
  )
  if (!made?.activities) throw new NotFirst()
  const tables: Record<string, ColumnTable> = { [ACTIVITIES]: frozenTable(made.activities) }
  for (const stage of chain) {
    const own = means.tableOf(stage)
    const read = Object.fromEntries(stage.definition.reads.map((name) => [name, tables[name]]))
    const output = await annotate(sql, means, stage, { slices: sliceTable(stage, slices), ...read }, slices)
    const columns = plainColumns(own, output, slices)
    if (!columns) throw new NotFirst()
    await insertColumns(sql, stage, own, columns)
    tables[stage.definition.name] = frozenTable(
      Object.fromEntries(own.columns.map(({ name }, i) => [name, columns[i] ?? []])),
    )
  }
  return { checked: slices.length * readBy(last), recomputed: count, unchanged: 0, verified: 0 }
}

/**
 * Activities of the days, or null where some of their slices are there. Fails where others make one of them meanwhile: looking
 * for that row by row (ON CONFLICT) takes a third of its time.
 */
function makeSql(chain: readonly Stage[], subject: Subject): string {
  const logics = chain.map(({ logic }) => logic)
  const stages = chain.map(({ logic, stages, readsActivities }, place) => {
    return `(${place}, '${logic}', ${stages.length}, ${Number(readsActivities)})`
  })
  return `WITH ${windowsAt('days')}, made AS (
       INSERT INTO slice (logic, subject_id, start_date, end_date, revision, input_sum, source_sum, computed_at, changed_at)
       SELECT stage.logic, slice.subject_id, slice.start_date, slice.end_date, 1,
         stage.reads + stage.reads_source * slice.revision, slice.revision, now(), now()
       FROM (VALUES ${stages.join(', ')}) AS stage (place, logic, reads, reads_source)
       CROSS JOIN (SELECT slice.* FROM ${slicesIn('days', [subject.sourceLogic])}) slice
       WHERE NOT EXISTS (SELECT FROM ${slicesIn('days', logics)})
       ORDER BY slice.subject_id, slice.start_date, stage.place
       RETURNING 1
     )
     SELECT CASE WHEN (SELECT count(*) FROM made) = $4 THEN ${activitiesSql(subject)} END AS activities`
}

/** How many slices are asked for each one of a stage: of those that it reads, and so on. */
function readBy({ stages }: Stage): number {
  return stages.reduce((sum, read) => sum + 1 + readBy(read), 0)
}
