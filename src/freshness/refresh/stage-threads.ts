/** Stages that take long run beside everything else, so that signs of life and other requests don't wait for them; and none runs for ever. */
import { createContext, Script } from 'node:vm'
import { type ColumnTable, table } from 'arquero'
import type { Piscina } from 'piscina'
import type { StageDefinition } from '../../stages/define-stage.ts'
import { type RunStage, StageTimeoutError } from './annotate.ts'
import { columnsOf, mapValues } from './frozen-table.ts'
import { type RunInThread, runStage, type StageTask } from './stage-thread.ts'

/** What is over sooner, by what the stage took last, is run here: copying tables to a thread and back takes longer than that holds up. */
const SHORT_MS = 200

/** What takes longer here is ended, and run again in a thread: everything else waits for it. */
const LONGEST_HERE_MS = 5_000

/** However few slices it is run for, a stage has so long. */
const LEAST_MS = 2_000

/** A thread that has had nothing to do for so long is let go, but for one. */
const IDLE_MS = 60_000

/** Where the sources themselves are run, a thread runs what is built of them. */
const THREAD = new URL(
  import.meta.url.endsWith('.ts') ? '../../../dist/src/freshness/refresh/stage-thread.js' : 'stage-thread.js',
  import.meta.url,
).href

export interface StageThreadsOptions {
  /** So many batches are computed at once. */
  most: number
  /** A stage that takes longer for one batch is ended, with its thread: it would hold locks for ever. */
  timeoutMs: number
  /** Whether what was never run is run in a thread, as others wait for this process' signs of life; else it is tried here. */
  isCautious: boolean
  longestHereMs?: number
}

/** The threads of a process, for stages of the registry. */
export class StageThreads {
  private readonly options: Required<StageThreadsOptions>
  private pool: Promise<Piscina<StageTask, RunInThread>> | undefined
  /** How long a stage took for each row that it was given, last. */
  private readonly paces = new Map<StageDefinition, number>()
  /** What went on for too long here isn't tried here again. */
  private readonly slow = new WeakSet<StageDefinition>()

  constructor(options: StageThreadsOptions) {
    this.options = { longestHereMs: LONGEST_HERE_MS, ...options }
    if (options.isCautious) void this.threads()
  }

  readonly run: RunStage = async (definition, tables, share = 1) => {
    const rows = 1 + Object.values(tables).reduce((sum, given) => sum + given.numRows(), 0)
    const limitMs = Math.max(this.options.timeoutMs * share, LEAST_MS)
    const { output, ms } =
      (this.isShort(definition, rows) && this.runHere(definition, tables)) ||
      (await this.runThere(definition, tables, limitMs))
    this.paces.set(definition, ms / rows)
    return output
  }

  /** Lets go of the threads, whatever they run. */
  async close(): Promise<void> {
    await (await this.pool)?.destroy()
  }

  private isShort(definition: StageDefinition, rows: number): boolean {
    if (this.slow.has(definition)) return false
    const pace = this.paces.get(definition)
    return pace === undefined ? !this.options.isCautious : pace * rows < SHORT_MS
  }

  /** Undefined where it takes too long. */
  private runHere(definition: StageDefinition, tables: Record<string, ColumnTable>): Run | undefined {
    const begun = performance.now()
    const output = within(this.options.longestHereMs, () => definition.annotate(tables))
    if (!output) this.slow.add(definition)
    return output && { output, ms: performance.now() - begun }
  }

  private async runThere(
    { name, version }: StageDefinition,
    tables: Record<string, ColumnTable>,
    limitMs: number,
  ): Promise<Run> {
    const threads = await this.threads()
    const signal = AbortSignal.timeout(limitMs)
    const task = { name, version, tables: mapValues(tables, columnsOf) }
    const { columns, ms } = await threads.run(task, { signal }).catch((error: unknown) => {
      throw signal.aborted ? new StageTimeoutError(limitMs) : error
    })
    return { output: table(columns), ms }
  }

  private threads(): Promise<Piscina<StageTask, RunInThread>> {
    this.pool ??= startThreads(this.options.most)
    return this.pool
  }
}

/** Whoever needs no thread doesn't load what makes them. */
async function startThreads(most: number): Promise<Piscina<StageTask, RunInThread>> {
  const { Piscina } = await import('piscina')
  // Stages of pasts are run beside the others.
  const maxThreads = 2 * most
  return new Piscina({ filename: THREAD, name: runStage.name, minThreads: 1, maxThreads, idleTimeout: IDLE_MS })
}

interface Run {
  output: ColumnTable
  ms: number
}

/** Of Node's `vm` nothing is used but that it ends what takes too long, whatever that runs. */
const watched = createContext({})
const watch = new Script('run()')

/** What `work` gives, or undefined once it has taken so long: then it is ended in the middle. */
function within<T>(ms: number, work: () => T): T | undefined {
  let result: T | undefined
  watched.run = () => {
    result = work()
  }
  try {
    watch.runInContext(watched, { timeout: ms })
    return result
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined
    throw error
  }
}
