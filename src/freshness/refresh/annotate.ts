import type { ColumnTable } from 'arquero'
import { keptAlive, type Sql } from '../../cache/database.ts'
import type { Counters } from '../../model/counters.ts'
import { StageOutputError } from '../../model/errors.ts'
import { inSpan } from '../../model/spans.ts'
import type { Window } from '../../model/window.ts'
import type { StageDefinition } from '../../stages/define-stage.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import type { TableOf } from '../slices/stage-table.ts'

/**
 * Runs a stage on tables: here, or where nothing else waits for it.
 * @param share Of the time that a stage may take for a batch; all of it, unless told.
 * @throws StageTimeoutError once that is over.
 */
export type RunStage = (
  definition: StageDefinition,
  tables: Record<string, ColumnTable>,
  share?: number,
) => ColumnTable | Promise<ColumnTable>

/** A stage was ended, as it took longer than it may. */
export class StageTimeoutError extends Error {
  constructor(ms: number) {
    super(`it took longer than ${Number((ms / 1_000).toFixed(1))} s`)
  }
}

export const runHere: RunStage = (definition, tables) => definition.annotate(tables)

/** What slices are computed with. */
export interface Means {
  tableOf: TableOf
  run: RunStage
  counters: Counters
  /** Of the time that a stage may take for a batch; all of it, unless told. */
  share?: number
}

/** Runs the stage within a transaction, which is kept from being taken for a dead one. @throws StageOutputError where it fails. */
export async function annotate(
  sql: Sql,
  { run, counters, share }: Means,
  { definition, subject }: Stage,
  tables: Record<string, ColumnTable>,
  slices: readonly Window[],
): Promise<ColumnTable> {
  const begun = performance.now()
  const span = {
    name: `stage ${definition.name}`,
    words: () => ({ 'steelthread.stage.version': definition.version, 'steelthread.slices': slices.length }),
  }
  try {
    const output = await inSpan(span, () => keptAlive(sql, () => run(definition, tables, share)))
    counters.time('stageRunMs', definition.name, performance.now() - begun)
    return output
  } catch (cause) {
    const { name, version } = definition
    const [slice] = slices
    const what =
      slices.length === 1 && slice ? `${subject.name} ${slice.subjectId}, ${slice.from} to ${slice.to}` : 'some slices'
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StageOutputError(`Stage "${name}", version ${version}, failed for ${what}: ${reason}`, {}, cause)
  }
}
