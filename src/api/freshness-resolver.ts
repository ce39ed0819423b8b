/** Every number says whether it is up to date, and if not, why. */
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import { type LastLook, lastLooks } from '../cache/pulls.ts'
import type { HowFresh } from '../freshness/read/freshness-mode.ts'
import type { RollUp } from '../freshness/read/rollups.ts'
import { keyOf, type Standing } from '../freshness/read/standing-of-groups.ts'
import { groupBy } from '../model/group-by.ts'
import { type Window, windowKey } from '../model/window.ts'
import { Annotation } from '../periods/annotation.ts'
import { type Stage, stageOf } from '../stages/stage-graph.ts'
import { FreshnessNode, FreshnessStatus } from './freshness-node.ts'
import type { RequestContext } from './request-context.ts'
import { apiSubject } from './stages/api-subjects.ts'
import { windowOfAnnotation } from './stages/stage-annotations.ts'

@Resolver(() => Annotation)
export class FreshnessResolver {
  @FieldResolver(() => FreshnessNode, { description: 'Whether it is up to date, and if not, why.' })
  freshness(
    @Root() annotation: Annotation,
    @Ctx() { loaders }: RequestContext,
  ): Promise<FreshnessNode> | FreshnessNode {
    const { asOf, computedAt } = annotation
    // A past was computed for whoever reads it, and doesn't change.
    if (asOf) return freshnessNode({ isFresh: true, verifiedAt: computedAt, causes: [] }, null)
    return loaders.freshness.load(annotation)
  }
}

/** How up to date these annotations are, in their order. */
export async function freshnessOfAnnotations(
  context: RequestContext,
  annotations: readonly Annotation[],
): Promise<FreshnessNode[]> {
  const { freshness, gathered } = context
  gathered.isOfItsTime = true
  const found = new Map<Annotation, FreshnessNode>()
  for (const own of groupBy(annotations, ({ logic }) => logic).values()) {
    const stage = freshness.graph.ofLogic(own[0].logic)
    const windows = new Map(own.map((annotation) => [annotation, windowOfAnnotation(stage.definition, annotation)]))
    const standings = await freshness.standingOfSlices(stage, [...windows.values()])
    const seen = await sourcesSeen(
      context,
      stage,
      [...windows.values()].map(({ subjectId }) => subjectId),
    )
    for (const [annotation, window] of windows) {
      const standing = standings.get(windowKey(window))
      if (!standing) throw new Error(`Broken invariant: there is no slice ${windowKey(window)}.`)
      // It may have been refreshed since it was read.
      const shown = { ...standing, isFresh: standing.isFresh && annotation.isFresh }
      found.set(annotation, freshnessNode(shown, seen.get(window.subjectId) ?? null))
    }
  }
  return annotations.map((annotation) => found.get(annotation) as FreshnessNode)
}

/** When the sources of these subjects were last looked at, by subject; under `undefined` that of the one that it is longest ago for. */
export async function sourcesSeen(
  { database: { sql } }: RequestContext,
  { definition }: Stage,
  subjectIds: readonly string[],
): Promise<Map<string | undefined, LastLook | null>> {
  const subjects = await apiSubject(definition).byIds(sql, [...new Set(subjectIds)])
  const looks = await lastLooks(sql, [...new Set(subjects.map(({ source }) => source))])
  const bySubject = new Map<string | undefined, LastLook | null>(
    subjects.map(({ id, source }) => [id, looks.get(source) ?? null]),
  )
  const all = [...bySubject.values()]
  const eldest = all.reduce((one, other) => (one && other && other.at < one.at ? other : one && other), all[0] ?? null)
  return bySubject.set(undefined, eldest)
}

/** What is to be shown of a roll-up's groups besides their sums. */
interface ShownGroups {
  /** The keys of those of which nothing is stored. @param stored The rows of which something is. */
  lacking(stored: readonly object[]): Readonly<Record<string, unknown>>[]
  isFresh(row: object): boolean
  /** @param subjectId Of whom the group is; of all, unless told. */
  freshnessOf(row: object, subjectId?: string | null): { freshness?: FreshnessNode }
}

const PLAIN: ShownGroups = { lacking: () => [], isFresh: () => true, freshnessOf: () => ({}) }

/** How the groups of a roll-up stand, where that is asked for or may be other than fresh. */
export async function shownGroups(
  context: RequestContext,
  rollUp: RollUp<unknown>,
  windows: readonly Window[],
  how: HowFresh,
  isSelected: (field: string) => boolean,
): Promise<ShownGroups> {
  const isAsked = isSelected('freshness')
  if (!isAsked && !isSelected('provenance') && how.mode === 'FRESH') return PLAIN
  const { freshness, gathered } = context
  const { now, behind } = await freshness.standingOfGroups(rollUp, windows, how)
  if (isAsked) gathered.isOfItsTime = true
  const stage = stageOf(freshness.graph, rollUp.stage)
  const ids = windows.map(({ subjectId }) => subjectId)
  const seen: Awaited<ReturnType<typeof sourcesSeen>> = isAsked ? await sourcesSeen(context, stage, ids) : new Map()
  return {
    lacking: (stored) => {
      const there = new Set(stored.map((row) => keyOf(rollUp.group, row)))
      return [...behind].flatMap(([key, { isFresh, keys }]) => (isFresh || there.has(key) ? [] : [keys]))
    },
    isFresh: (row) => behind.get(keyOf(rollUp.group, row))?.isFresh ?? true,
    freshnessOf: (row, subjectId) => {
      if (!isAsked) return {}
      const standing = behind.get(keyOf(rollUp.group, row)) ?? { isFresh: true, verifiedAt: now, causes: [] }
      return { freshness: freshnessNode(standing, seen.get(subjectId ?? undefined) ?? null) }
    },
  }
}

export function freshnessNode({ isFresh, verifiedAt, causes }: Standing, seen: LastLook | null): FreshnessNode {
  return {
    status: isFresh ? FreshnessStatus.FRESH : FreshnessStatus.STALE,
    verifiedAt,
    causes: isFresh ? [] : causes,
    sourceSeenAt: seen?.at ?? null,
    sourceSeenSecondsAgo: seen?.secondsAgo ?? null,
  }
}
