import type { Database } from '../../src/cache/database.ts'
import { Refresher } from '../../src/freshness/refresh/refresher.ts'
import type { Receipt } from '../../src/model/receipt.ts'
import type { Window } from '../../src/model/window.ts'
import { type StageGraph, stageOf } from '../../src/stages/stage-graph.ts'

/** A refresher of the stages of one graph, by their names. */
export class NamedRefresher {
  private readonly refresher: Refresher
  private readonly graph: StageGraph

  constructor(database: Database, graph: StageGraph, batchDays?: number) {
    this.refresher = new Refresher(database, { batchDays })
    this.graph = graph
  }

  async refresh(stage: string, windows: readonly Window[], signal?: AbortSignal): Promise<Receipt> {
    return this.refresher.refresh(stageOf(this.graph, stage), windows, signal)
  }
}
