import DataLoader from 'dataloader'
import type { Sql } from '../cache/database.ts'
import { bytesOfRows, readWholeRows } from '../cache/quarantine.ts'
import { countRejections, listRejections } from '../cache/quarantine-pages.ts'
import { projectsByIds, usersByIds } from '../cache/reference-reads.ts'
import { type MembershipOfTeam, membersOf } from '../cache/teams.ts'
import { quarantinedIn } from '../freshness/read/completeness.ts'
import { ChosenVersions } from '../freshness/versions/active-versions.ts'
import type { Caller } from '../model/caller.ts'
import { ContentionError } from '../model/errors.ts'
import { groupBy } from '../model/group-by.ts'
import { tooMuch } from '../model/limits.ts'
import type { SourceRow } from '../model/source-row.ts'
import { windowKey } from '../model/window.ts'
import type { Annotation } from '../periods/annotation.ts'
import { stageOf } from '../stages/stage-graph.ts'
import { seenBy } from './access/seen-by.ts'
import type { QuarantinedRowConnection } from './connections.ts'
import { freshnessOfAnnotations } from './freshness-resolver.ts'
import { rejectionCursor } from './ingest-resolver.ts'
import { keptPageOf, loadKeptCounts, loadKeptRows } from './kept-rows-resolver.ts'
import { connectionOf } from './pagination.ts'
import { loadContributions } from './provenance-resolver.ts'
import {
  type AnnotationKey,
  type Loaders,
  type RejectionKey,
  type RequestContext,
  receiptOf,
} from './request-context.ts'
import type { Service } from './service.ts'
import { subjectIdOf } from './stages/api-subjects.ts'
import { annotationsAsked, windowOfAnnotation } from './stages/stage-annotations.ts'

/** A request's context, for as long as the signal isn't aborted: what its nodes ask for one by one is read in one go. */
export async function requestContext(
  { database, freshness, versions, limits, today }: Service,
  signal: AbortSignal,
  caller: Caller,
): Promise<RequestContext> {
  const seen = seenBy(caller, database, today())
  let versionsFailure: unknown
  const chosen = await versions.current().catch((error: unknown) => {
    versionsFailure = error
    return new ChosenVersions(versions, [])
  })
  return withLoaders({
    caller,
    limits,
    today: today(),
    signal,
    database: seen.during(signal),
    cache: seen,
    freshness: freshness.during(signal, chosen.graph, seen),
    versions: chosen,
    versionsFailure,
    gathered: { rowBytes: 0 },
    failures: new Map(),
  })
}

/** The same for what is read in one moment: nothing of it is known yet. */
export function momentContext(
  { caller, limits, today, cache, versions, variables, failures }: RequestContext,
  moment: Pick<RequestContext, 'signal' | 'database' | 'freshness'>,
): RequestContext {
  const own = { caller, limits, today, cache, versions, ...(variables && { variables }), failures }
  return withLoaders({ ...own, ...moment, gathered: { rowBytes: 0 } })
}

function withLoaders(context: Omit<RequestContext, 'loaders' | 'within'>): RequestContext {
  let loaders: Loaders | undefined
  const own: RequestContext = {
    ...context,
    get loaders() {
      loaders ??= loadersOf(this)
      return loaders
    },
    within: (moment) => momentContext(own, { signal: own.signal, ...moment }),
  }
  return own
}

function loadersOf(context: RequestContext): Loaders {
  return {
    users: new DataLoader((ids) => inOrder(usersByIds, context, ids)),
    projects: new DataLoader((ids) => inOrder(projectsByIds, context, ids)),
    members: new DataLoader((keys) => loadMembers(context, keys), {
      cacheKeyFn: ({ teamId, on }) => `${teamId} ${on}`,
    }),
    annotations: new DataLoader((keys) => loadAnnotations(context, keys), {
      cacheKeyFn: (key) => `${key.subjectId} ${groupOfKey(key)}`,
    }),
    quarantinedRows: new DataLoader((annotations) => countQuarantined(context, annotations)),
    freshness: new DataLoader((annotations) => freshnessOfAnnotations(context, annotations)),
    contributions: new DataLoader((keys) => loadContributions(context, keys)),
    rows: new DataLoader<string, SourceRow>((ids) => loadRows(context, ids)),
    keptCounts: new DataLoader((ids) => loadKeptCounts(context, ids)),
    keptRows: new DataLoader((keys) => loadKeptRows(context, keys), {
      cacheKeyFn: (key) => `${key.batchId} ${keptPageOf(key)}`,
    }),
    rejections: new DataLoader((keys) => loadRejections(context, keys), {
      cacheKeyFn: (key) => `${key.batchId} ${pageOfKey(key)}`,
    }),
  }
}

async function inOrder<T extends { id: string }>(
  byIds: (sql: Sql, ids: readonly string[]) => Promise<T[]>,
  { database }: RequestContext,
  ids: readonly string[],
): Promise<(T | null)[]> {
  const found = new Map((await byIds(database.sql, ids)).map((each) => [each.id, each]))
  return ids.map((id) => found.get(id) ?? null)
}

/** One read for all teams that are asked for the same day. */
async function loadMembers({ database }: RequestContext, keys: readonly { teamId: string; on: string | null }[]) {
  const found = new Map<object, MembershipOfTeam[]>()
  for (const group of groupBy(keys, ({ on }) => String(on)).values()) {
    const [{ on }] = group
    const ids = group.map(({ teamId }) => teamId)
    const byTeam = groupBy(await membersOf(database.sql, ids, on), ({ teamId }) => teamId)
    for (const key of group) found.set(key, byTeam.get(key.teamId) ?? [])
  }
  return keys.map((key) => found.get(key) ?? [])
}

/** One read for all subjects that are asked for the same stage and range. */
async function loadAnnotations(context: RequestContext, keys: readonly AnnotationKey[]): Promise<Annotation[][]> {
  const found = new Map<AnnotationKey, Annotation[]>()
  for (const group of groupBy(keys, groupOfKey).values()) {
    const [{ stage, from, to, reading }] = group
    const { freshness, how } = reading
    const { definition } = stageOf(freshness.graph, stage)
    const ids = group.map(({ subjectId }) => subjectId)
    const asked = await annotationsAsked(context, definition, ids, { from, to })
    const annotations = await freshness.annotations(stage, asked.windows, receiptOf(context), how)
    const idOf = subjectIdOf(definition)
    const bySubject = groupBy(annotations.flatMap(asked.shown), idOf)
    for (const key of group) found.set(key, bySubject.get(key.subjectId) ?? [])
  }
  return keys.map((key) => found.get(key) ?? [])
}

/** What annotations that are read in one go have in common. */
function groupOfKey({ stage, from, to, reading: { freshness, how } }: AnnotationKey): string {
  return `${stage} ${from} ${to} ${how.mode} ${how.withinMs} ${freshness.graph.key}`
}

/** One read for all annotations of the same kind of subject. */
async function countQuarantined({ database, freshness }: RequestContext, annotations: readonly Annotation[]) {
  const windows = annotations.map((annotation) => {
    const { definition, subject } = freshness.graph.ofLogic(annotation.logic)
    return { subject, window: windowOfAnnotation(definition, annotation) }
  })
  const counts = new Map<string, number>()
  for (const group of groupBy(windows, ({ subject }) => subject.name).values()) {
    const own = group.map(({ window }) => window)
    for (const { count, ...window } of await quarantinedIn(database.sql, group[0].subject, own)) {
      counts.set(windowKey(window), count)
    }
  }
  return windows.map(({ window }) => counts.get(windowKey(window)) ?? 0)
}

/**
 * What these quarantined rows hold, in one read.
 * @throws LimitError before that where it and what the request was given already are more than an answer may have.
 */
async function loadRows(context: RequestContext, ids: readonly string[]): Promise<(SourceRow | ContentionError)[]> {
  const { sql } = context.database
  const bytes = await bytesOfRows(sql, ids)
  // Not by one statement with the await: what others counted meanwhile would be lost.
  const { gathered, limits } = context
  gathered.rowBytes += bytes
  if (gathered.rowBytes > limits.MAX_RESULT_BYTES) {
    const advice = 'Ask for a smaller page, or for it without `row`.'
    throw tooMuch('MAX_RESULT_BYTES', limits, gathered.rowBytes, ['The quarantined rows have', 'bytes', advice])
  }
  const rows = new Map((await readWholeRows(sql, ids)).map(({ id, row }) => [id, row]))
  return ids.map((id) => rows.get(id) ?? new ContentionError(`Row ${id} was removed while it was read; ask again.`))
}

/** One read for all batches that are asked for the same page. */
async function loadRejections({ database: { sql } }: RequestContext, keys: readonly RejectionKey[]) {
  const found = new Map<RejectionKey, QuarantinedRowConnection>()
  for (const group of groupBy(keys, pageOfKey).values()) {
    const [{ limit, after, backward }] = group
    const ids = group.map((key) => key.batchId)
    const page = { limit: limit + 1, after, backward }
    const rows = groupBy(await listRejections(sql, ids, {}, page), (row) => row.batchId)
    const totals = await countRejections(sql, ids, {})
    for (const key of group) {
      const place = { limit, after: after === null ? null : String(after), backward }
      found.set(key, connectionOf(place, rows.get(key.batchId) ?? [], totals.get(key.batchId) ?? 0, rejectionCursor))
    }
  }
  return keys.map((key) => found.get(key) ?? new Error('Broken invariant: a page of rejections was not read.'))
}

/** What keys of the same page have in common. */
function pageOfKey({ limit, after, backward }: RejectionKey): string {
  return `${limit} ${after} ${backward}`
}
