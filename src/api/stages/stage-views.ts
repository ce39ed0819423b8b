/** Fields of one object may show the same stage by several versions: each finds its own. */
import type { StageGraph } from '../../stages/stage-graph.ts'
import type { StageVersion } from '../../stages/stage-versions.ts'

/** The graphs that fields of the objects of one list ask for, by their arguments. */
export class StageViews {
  /** The one in which the active versions answer. */
  readonly graph: StageGraph
  private readonly byVersions = new Map<string, StageGraph>()

  constructor(graph: StageGraph) {
    this.graph = graph
  }

  /** Whether no field asks for any version. */
  get isOne(): boolean {
    return this.byVersions.size === 0
  }

  add({ versions }: { versions?: readonly StageVersion[] | null }, graph: StageGraph): void {
    if (versions?.length) this.byVersions.set(keyOf(versions), graph)
  }

  of({ versions }: { versions?: readonly StageVersion[] | null }): StageGraph {
    return versions?.length ? (this.byVersions.get(keyOf(versions)) ?? this.graph) : this.graph
  }
}

function keyOf(versions: readonly StageVersion[]): string {
  return versions.map(({ stage, version }) => `${stage} ${version}`).join()
}
