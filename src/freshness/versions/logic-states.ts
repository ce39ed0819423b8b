/** Whether a logic is in use follows from the versions that it stands for: its own, and those of all that it reads. */
import { LogicState } from '../../cache/entities/logic.ts'
import type { KeptLogic } from '../../cache/logics.ts'
import { ACTIVITIES } from '../../stages/stage-graph.ts'
import type { LogicDefinition } from '../../stages/stage-logic.ts'
import type { StageVersion, StageVersions } from '../../stages/stage-versions.ts'

/** The state of each of these logics, while those versions answer: by what the build has in code, and else by what they are said to be. */
export function statesOf(
  logics: readonly Pick<KeptLogic, 'logic' | 'stage' | 'version' | 'definition'>[],
  active: readonly StageVersion[],
  known: StageVersions,
): Map<string, LogicState> {
  const byLogic = new Map(logics.map((each) => [each.logic, each]))
  const activeOf = new Map(active.map(({ stage, version }) => [stage, version]))
  const stateOf = (each: (typeof logics)[number]): LogicState => {
    const chain = chainOf(each, byLogic)
    if (!chain) return LogicState.RETIRED
    const isKnown = chain.every((version) => known.has(version))
    const own = isKnown ? known.graph([...active, ...chain]).get(each.stage)?.logic : each.logic
    // Its columns, or something else of it, were others.
    if (own !== each.logic) return LogicState.RETIRED
    if (chain.every(({ stage, version }) => activeOf.get(stage) === version)) return LogicState.ACTIVE
    return isKnown ? LogicState.CANDIDATE : LogicState.RETIRED
  }
  return new Map(logics.map((each) => [each.logic, stateOf(each)]))
}

/** The versions that a logic stands for; undefined where something that it reads isn't known any more. */
function chainOf(
  { stage, version, definition }: Pick<KeptLogic, 'stage' | 'version' | 'definition'>,
  byLogic: ReadonlyMap<string, Pick<KeptLogic, 'stage' | 'version' | 'definition'>>,
): StageVersion[] | undefined {
  const { reads = [] } = definition as Partial<LogicDefinition>
  const chain: StageVersion[] = [{ stage, version }]
  for (const read of reads) {
    if (read === ACTIVITIES) continue
    const upstream = byLogic.get(read)
    const own = upstream && chainOf(upstream, byLogic)
    if (!own) return undefined
    chain.push(...own)
  }
  return chain
}
