import { v7 as uuidv7 } from 'uuid'
import { secondsOf } from '../cache/activities.ts'
import type { Sql } from '../cache/database.ts'
import type { IngestBatch } from '../cache/entities/ingest-batch.ts'
import { type QuarantinedRow, QuarantineStatus } from '../cache/entities/quarantined-row.ts'
import { type IngestCounts, openBatch } from '../cache/ingest-batches.ts'
import {
  discardRows,
  type KeptRow,
  lockQuarantinedRows,
  openRowsWith,
  quarantinedSources,
  readWholeRows,
  releaseReplayed,
  reopenRows,
  type WholeRow,
} from '../cache/quarantine.ts'
import { findQuarantined } from '../cache/quarantine-pages.ts'
import {
  codesOfOpen,
  discardSelected,
  keysOfRows,
  type QuarantineSelection,
  selectedIds,
} from '../cache/quarantine-selection.ts'
import { BadInputError } from '../model/errors.ts'
import { few, quoted } from '../model/excerpts.ts'
import { ProblemCode } from '../model/problem.ts'
import type { SourceRow } from '../model/source-row.ts'
import { type Acl, announce } from './acl.ts'
import { admit } from './admit.ts'
import { checkReason, usableKey } from './field-checks.ts'
import { batchOf } from './ingest.ts'
import { normalKey } from './normal-key.ts'
import { rowTranslator } from './row-translator.ts'
import { type Source, sourceNamed } from './sources.ts'
import { addTally, emptyTally, type Tally } from './tally.ts'

/** How many quarantined rows, and bytes of them, are looked at together: memory is bounded by it. */
const WHY_DISCARDED = 'why the rows are not wanted'
const REPLAY_ROWS = 5_000
const REPLAY_BYTES = 32 * 1024 * 1024

/**
 * Sends quarantined rows of one source through the ACL again, the newest version last: those that are accepted now or
 * have given way to a newer version are released, the others stay with one attempt more.
 * @throws BadInputError for ids that aren't there or not open, and for rows of several sources.
 */
export async function replayQuarantine(acl: Acl, asked: readonly string[]): Promise<IngestBatch> {
  const ids = distinct(asked)
  const sources = await sourcesOfRows(acl.database.sql, ids)
  const [name = '', ...others] = sources
  if (others.length > 0)
    throw new BadInputError('ids', `ids must be of rows of one source, not of ${few(sources, ' and ')}.`)
  const source = sourceNamed(acl.sources, name, 'ids')
  return replayKept(acl, source, (sql) => openRows(sql, ids))
}

/** The same of all rows that are selected. @throws BadInputError for an unknown source, and where nothing is selected. */
export async function replaySelected(acl: Acl, selection: QuarantineSelection): Promise<IngestBatch> {
  const source = sourceNamed(acl.sources, selection.source, 'source')
  return replayKept(acl, source, (sql) => selectedRows(sql, selection))
}

async function replayKept(acl: Acl, source: Source, rows: (sql: Sql) => Promise<KeptRow[]>): Promise<IngestBatch> {
  return acl.database.writing([source.name], async (sql) => {
    const replayed = await replayAll(sql, source, await rows(sql))
    await announce(sql, acl, source.name, replayed.batchId, replayed)
    return batchOf(sql, replayed.batchId)
  })
}

async function replayAll(sql: Sql, source: Source, rows: readonly KeptRow[]): Promise<Replayed> {
  let replayed: Replayed | null = null
  for (const some of bounded(rows)) {
    replayed = await replayRows(sql, source, await readWholeRows(sql, some), replayed)
  }
  if (!replayed) throw new Error('Broken invariant: quarantined rows went while their source was locked.')
  return replayed
}

/** What a replay would do: what becomes of the rows, and how much more or less time there would be. */
export interface ReplayPreview extends IngestCounts {
  /** Why rows would stay, by code. */
  stay: { code: ProblemCode; count: number }[]
  activities: number
  vaSeconds: number
  nvaSeconds: number
}

/**
 * Replays the rows that are selected and takes everything back, so that it is exactly what a replay would do. Others who write
 * rows of the source wait meanwhile.
 * @throws BadInputError as a replay would.
 */
export async function previewReplay(acl: Acl, selection: QuarantineSelection): Promise<ReplayPreview> {
  const source = sourceNamed(acl.sources, selection.source, 'source')
  return acl.database.rehearse([source.name], async ({ sql }) => {
    const kept = await selectedRows(sql, selection)
    const ids = kept.map(({ id }) => id)
    const keys = await keysOfRows(sql, ids)
    const before = await secondsOf(sql, source.name, keys)
    const { counts } = await replayAll(sql, source, kept)
    const after = await secondsOf(sql, source.name, keys)
    return {
      ...counts,
      stay: await codesOfOpen(sql, ids),
      activities: after.activities - before.activities,
      vaSeconds: after.vaSeconds - before.vaSeconds,
      nvaSeconds: after.nvaSeconds - before.nvaSeconds,
    }
  })
}

/** Discards all rows that are selected. Returns how many there were. @throws BadInputError for an unknown source, and a blank reason. */
export async function discardSelection(acl: Acl, selection: QuarantineSelection, reason: string): Promise<number> {
  const source = sourceNamed(acl.sources, selection.source, 'source')
  checkReason(reason, WHY_DISCARDED)
  return acl.database.writing([source.name], (sql) => discardSelected(sql, selection, reason))
}

/**
 * Takes a discard back: the rows wait again, with all that was wrong with them.
 * @throws BadInputError for ids that aren't there or not discarded, and where an equal row waits already.
 */
export async function reopenQuarantine(acl: Acl, asked: readonly string[]): Promise<QuarantinedRow[]> {
  const ids = distinct(asked)
  const sources = await sourcesOfRows(acl.database.sql, ids)
  return acl.database.writing(sources, async (sql) => {
    const rows = await lockQuarantinedRows(sql, ids)
    const other = rows.find((row) => row.status !== QuarantineStatus.DISCARDED)
    if (other) {
      throw new BadInputError(
        'ids',
        `Quarantined row ${other.id} is ${other.status}; only a DISCARDED one can be reopened.`,
      )
    }
    const reopened = new Set(await reopenRows(sql, ids))
    const left = ids.find((id) => !reopened.has(id))
    if (left)
      throw new BadInputError('ids', `Quarantined row ${left} came again meanwhile: the same row is OPEN already.`)
    const found = new Map((await findQuarantined(sql, ids)).map((row) => [row.id, row]))
    return ids.flatMap((id) => found.get(id) ?? [])
  })
}

async function selectedRows(sql: Sql, selection: QuarantineSelection): Promise<KeptRow[]> {
  const ids = await selectedIds(sql, selection)
  if (ids.length === 0) {
    throw new BadInputError('filter', `No OPEN quarantined row of source ${quoted(selection.source)} is like that.`)
  }
  return openRows(sql, ids)
}

/**
 * Sends the open rows of a source through the ACL again that were refused as it lacked one of these users,
 * stereotypes or projects. Null where there are none. The caller holds the source's lock, and announces what comes of it.
 */
export async function replayUnknown(
  sql: Sql,
  source: Source,
  arrived: { users: ReadonlySet<string>; stereotypes: ReadonlySet<string>; projects: ReadonlySet<string> },
): Promise<Replayed | null> {
  const { adapter } = source
  const refersTo = (row: SourceRow, field: string, keys: ReadonlySet<string>) =>
    keys.has(normalKey(usableKey(row, field) ?? '', adapter))
  const codes = [
    ...(arrived.users.size > 0 ? [ProblemCode.UNKNOWN_USER] : []),
    ...(arrived.stereotypes.size > 0 ? [ProblemCode.UNKNOWN_STEREOTYPE] : []),
    ...(arrived.projects.size > 0 ? [ProblemCode.UNKNOWN_PROJECT] : []),
  ]
  let total: Replayed | null = null
  let page: KeptRow[] = []
  do {
    page = await openRowsWith(sql, source.name, codes, { limit: REPLAY_ROWS, after: page.at(-1)?.id ?? null })
    for (const some of bounded(page)) {
      const rows = (await readWholeRows(sql, some)).filter(
        ({ row }) =>
          refersTo(row, adapter.keys.user, arrived.users) ||
          refersTo(row, adapter.keys.stereotype, arrived.stereotypes) ||
          (adapter.keys.project !== undefined && refersTo(row, adapter.keys.project, arrived.projects)),
      )
      if (rows.length > 0) total = await replayRows(sql, source, rows, total)
    }
  } while (page.length === REPLAY_ROWS)
  return total
}

/** The ids of the rows in their order, so many together as are looked at together, but one at least. */
function* bounded(rows: readonly KeptRow[]): Generator<string[]> {
  let [ids, sum]: [string[], number] = [[], 0]
  for (const { id, bytes } of rows) {
    if (ids.length > 0 && (ids.length === REPLAY_ROWS || sum + bytes > REPLAY_BYTES)) {
      yield ids
      ;[ids, sum] = [[], 0]
    }
    ids.push(id)
    sum += bytes
  }
  if (ids.length > 0) yield ids
}

/** A batch of rows that went through the ACL again. */
export interface Replayed extends Tally {
  batchId: string
}

/** The rows, the oldest version first, in a batch of their own or as more of one. */
async function replayRows(
  sql: Sql,
  source: Source,
  rows: readonly WholeRow[],
  before: Replayed | null = null,
): Promise<Replayed> {
  const batchId = before?.batchId ?? uuidv7()
  if (!before) await openBatch(sql, { id: batchId, source: source.name })
  const firstIndex = before?.counts.received ?? 0
  const translate = rowTranslator(source.adapter)
  const incoming = rows.map(({ row, externalId, fingerprint, changedAt }, i) => ({
    row,
    translated: translate(row, externalId),
    fingerprint,
    changedAt,
    rowIndex: firstIndex + i,
  }))
  const admission = await admit(sql, source, batchId, incoming, 'superseded')
  const refused = new Set(admission.refusedFingerprints)
  await releaseReplayed(
    sql,
    rows.filter((row) => !refused.has(row.fingerprint)).map((row) => row.id),
  )
  return { batchId, ...addTally(before ?? emptyTally(), admission) }
}

/**
 * Marks quarantined rows as not wanted; they stay where they are.
 * @throws BadInputError for ids that aren't there or not open, and for a blank reason.
 */
export async function discardQuarantine(acl: Acl, asked: readonly string[], reason: string): Promise<QuarantinedRow[]> {
  const ids = distinct(asked)
  checkReason(reason, WHY_DISCARDED)
  const sources = await sourcesOfRows(acl.database.sql, ids)
  return acl.database.writing(sources, async (sql) => {
    await openRows(sql, ids)
    await discardRows(sql, ids, reason)
    const rows = new Map((await findQuarantined(sql, ids)).map((row) => [row.id, row]))
    return ids.flatMap((id) => rows.get(id) ?? [])
  })
}

function distinct(ids: readonly string[]): string[] {
  if (ids.length === 0) throw new BadInputError('ids', 'ids must name at least one quarantined row.')
  return [...new Set(ids.map((id) => id.toLowerCase()))]
}

/** The sources of these rows. Nothing is locked yet: rows are only locked by who holds the lock of their source. */
async function sourcesOfRows(sql: Sql, ids: readonly string[]): Promise<string[]> {
  const rows = await quarantinedSources(sql, ids)
  const unknown = ids.filter((id) => !rows.has(id))
  if (unknown.length > 0) throw new BadInputError('ids', `There is no quarantined row ${few(unknown)}.`)
  return [...new Set(rows.values())]
}

async function openRows(sql: Sql, ids: readonly string[]): Promise<KeptRow[]> {
  const rows = await lockQuarantinedRows(sql, ids)
  const ended = rows.find((row) => row.status !== QuarantineStatus.OPEN)
  if (ended)
    throw new BadInputError('ids', `Quarantined row ${ended.id} is ${ended.status}; only an OPEN one can be taken.`)
  return rows
}
