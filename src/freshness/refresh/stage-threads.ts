/** Stages that take long run beside everything else, so that signs of life and other requests don't wait for them. */
import { type ColumnTable, table } from 'arquero'
import { Piscina } from 'piscina'
import type { StageDefinition } from '../../stages/define-stage.ts'
import type { RunStage } from './annotate.ts'
import { columnsOf, mapValues } from './frozen-table.ts'
import { type RunInThread, runStage, type StageTask } from './stage-thread.ts'

/** What is over sooner, by what the stage took last, is run here: copying tables to a thread and back takes longer than that holds up. */
const SHORT_MS = 200

/** A stage that takes longer for one batch is ended, with its thread: it would hold locks for ever. */
const LONGEST_MS = 300_000

/** A thread that has had nothing to do for so long is let go, but for one. */
const IDLE_MS = 60_000

/** The threads of a process, for stages of the registry. */
export class StageThreads {
  private readonly pool: Piscina<StageTask, RunInThread>
  /** How long a stage took for each row that it was given, last. */
  private readonly paces = new Map<StageDefinition, number>()

  /** @param most So many stages run at once. */
  constructor(most: number) {
    const filename = new URL('stage-thread.js', import.meta.url).href
    this.pool = new Piscina({ filename, name: runStage.name, minThreads: 1, maxThreads: most, idleTimeout: IDLE_MS })
  }

  readonly run: RunStage = async (definition, tables) => {
    const rows = 1 + Object.values(tables).reduce((sum, given) => sum + given.numRows(), 0)
    // What was never run may take any time.
    const isShort = (this.paces.get(definition) ?? Number.POSITIVE_INFINITY) * rows < SHORT_MS
    const { output, ms } = isShort ? runHere(definition, tables) : await this.runThere(definition, tables)
    this.paces.set(definition, ms / rows)
    return output
  }

  /** Lets go of the threads, whatever they run. */
  async close(): Promise<void> {
    await this.pool.destroy()
  }

  private async runThere({ name, version }: StageDefinition, tables: Record<string, ColumnTable>): Promise<Run> {
    const signal = AbortSignal.timeout(LONGEST_MS)
    const task = { name, version, tables: mapValues(tables, columnsOf) }
    const { columns, ms } = await this.pool.run(task, { signal }).catch((error: unknown) => {
      throw signal.aborted ? new Error(`it took longer than ${LONGEST_MS / 1_000} s`) : error
    })
    return { output: table(columns), ms }
  }
}

interface Run {
  output: ColumnTable
  ms: number
}

function runHere(definition: StageDefinition, tables: Record<string, ColumnTable>): Run {
  const begun = performance.now()
  const output = definition.annotate(tables)
  return { output, ms: performance.now() - begun }
}
