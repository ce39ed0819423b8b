/** Nothing is lost, nothing is silent: each row ends as exactly one of inserted, updated, unchanged, quarantined, superseded or skipped. */

import { type ActivityWrite, dateBack, olderThanStored, type Version, writeActivities } from '../cache/activities.ts'
import type { Sql } from '../cache/database.ts'
import { addToBatch } from '../cache/ingest-batches.ts'
import { quarantineRows, type RefusedRow } from '../cache/quarantine.ts'
import { type KnownKey, resolveKeys } from '../cache/references.ts'
import { TooManyBadRowsError } from '../model/errors.ts'
import { jsonText } from '../model/exact-json.ts'
import { newIds } from '../model/ids.ts'
import { type Problem, ProblemCode } from '../model/problem.ts'
import { sha256 } from '../model/sha256.ts'
import type { SourceRow } from '../model/source-row.ts'
import { typeOf } from '../model/value-rules.ts'
import type { RowKeys, TranslatedRow } from './row-translator.ts'
import type { Source } from './sources.ts'
import type { Tally } from './tally.ts'

/** A row on its way in. Of several versions of one activity the later row is the newer. */
export interface IncomingRow {
  /** Its place in the batch, from 0. */
  rowIndex: number
  row: SourceRow
  translated: TranslatedRow
  /** As that of an activity. */
  changedAt: string | null
  /** What quarantine knows it by, if it has been there. */
  fingerprint?: string
  /** Its place in the report, where that isn't of its batch. */
  reportIndex?: number
}

/**
 * What becomes of a row that is older than what is stored of its activity: it is left to the caller, it counts as
 * superseded, or it is taken all the same; `again` is what is taken once more, as nothing counts that came later.
 */
export type OlderVersions = 'left' | 'superseded' | 'taken' | 'again'

export interface Admission extends Tally {
  /** What was inserted, updated or found unchanged. */
  accepted: { externalId: string; changedAt: string | null; rowIndex: number }[]
  refusedFingerprints: string[]
  /** The places of the rows that were left to the caller; they are in none of the counts. */
  left: number[]
}

/**
 * The ACL: stores the good of the rows that were translated, quarantines the bad. Each row ends as exactly one of inserted,
 * updated, unchanged, quarantined, superseded or skipped, and is counted in the batch. The caller holds the source's lock.
 * @param reportId The batch that says what became of the rows, where that isn't the one in which they came.
 * @throws TooManyBadRowsError where more of many rows are bad in themselves than so many percent.
 */
export async function admit(
  sql: Sql,
  source: Source,
  batchId: string,
  incoming: readonly IncomingRow[],
  older: OlderVersions,
  quarantineLimit = NO_LIMIT,
  reportId = batchId,
): Promise<Admission> {
  const activities = incoming.filter(({ translated }) => !translated.isSkipped)
  const judged = await judge(sql, source, activities)
  const newest = newestOf(judged)
  const writes = newest.flatMap(({ write }) => write ?? [])
  const refused = newest.filter(({ write }) => write === null)
  checkBad(source.name, incoming.length, refused, quarantineLimit)
  const forced = older === 'taken' || older === 'again'

  const written = await writeActivities(sql, source.name, batchId, writes, { forced })
  const dated = refused.flatMap(versionOf)
  const olderRefused = new Set(
    [...(await olderThanStored(sql, source.name, forced ? [] : dated))].map(({ row }) => row),
  )
  const olderWritten = new Set(written.older)
  const isOlder = (row: Judged) => (row.write ? olderWritten.has(row.write.externalId) : olderRefused.has(row))
  const olderRows = newest.filter(isOlder)
  const quarantined = refused.filter((row) => !isOlder(row)).map(refusedRow())
  const isReplay = older === 'superseded' || older === 'again'
  const news = await quarantineRows(sql, source.name, reportId, quarantined, { isReplay })
  if (older === 'taken') await dateBack(sql, source.name, dated)

  const left = older === 'left' ? olderRows.map(({ entry }) => entry.rowIndex) : []
  const counts = {
    ...written.counts,
    received: incoming.length - left.length,
    quarantined: quarantined.length,
    superseded: judged.length - newest.length + olderRows.length - left.length,
    skipped: incoming.length - activities.length,
  }
  // Who replays rows is told what became of them.
  await addToBatch(sql, reportId, counts, isReplay ? 0 : news.size)
  return {
    counts,
    sides: written.sides,
    touched: written.touched,
    news: { count: news.size, countsByCode: countByCode(quarantined.filter(({ rowIndex }) => news.has(rowIndex))) },
    accepted: newest.flatMap(({ write, entry: { rowIndex, changedAt } }) =>
      write && !olderWritten.has(write.externalId) ? { externalId: write.externalId, changedAt, rowIndex } : [],
    ),
    refusedFingerprints: quarantined.map((row) => row.fingerprint),
    left,
  }
}

const NO_LIMIT = 100

/** Of fewer rows any share may be bad: somebody tries something out. */
const MANY_ROWS = 100

/** What is unknown may arrive yet. */
const UNKNOWN: ReadonlySet<ProblemCode> = new Set([
  ProblemCode.UNKNOWN_USER,
  ProblemCode.UNKNOWN_STEREOTYPE,
  ProblemCode.UNKNOWN_PROJECT,
])

/** @throws TooManyBadRowsError where more of many rows are bad in themselves than so many percent. */
export function checkBad(source: string, rows: number, refused: readonly Judged[], limit: number): void {
  const bad = refused.filter(({ problems }) => problems.some(({ code }) => !UNKNOWN.has(code)))
  if (rows < MANY_ROWS || bad.length <= (rows * limit) / 100) return
  const countsByCode = countByCode(bad)
  const [first] = bad.flatMap(({ problems }) => problems)
  throw new TooManyBadRowsError(
    `${bad.length.toLocaleString('en')} of ${rows.toLocaleString('en')} rows of source "${source}" are bad, more than ${limit} % ` +
      `(QUARANTINE_LIMIT), the first as ${first?.message}. Rather the source has changed: none of them was written.`,
    { source, rows, bad: bad.length, limit, countsByCode },
  )
}

/** A row that was looked at: what is to be written, or else what is wrong with it. */
export interface Judged {
  entry: IncomingRow
  /** Null where it has no usable key of its own. */
  externalId: string | null
  write: ActivityWrite | null
  problems: readonly Problem[]
}

export async function judge(sql: Sql, source: Source, incoming: readonly IncomingRow[]): Promise<Judged[]> {
  const known = await knownKeys(
    sql,
    source.name,
    incoming.map(({ translated }) => translated.keys),
  )
  const ids = newIds(incoming.length)
  return incoming.map((entry, i) => {
    const { record, externalId, problems, keys } = entry.translated
    const user = known.users.get(keys.user ?? '')
    const stereotype = known.stereotypes.get(keys.stereotype ?? '')
    const project = keys.project === null ? null : known.projects.get(keys.project)
    if (!record || externalId === null || !user || !stereotype || project === undefined) {
      return { entry, externalId, write: null, problems: [...problems, ...unknownKeys(source, keys, known)] }
    }
    const { date, durationSeconds, type: own, billable } = record
    const { changedAt, rowIndex } = entry
    const type = typeOf(source.value, { type: own, billable, kind: stereotype.name, project: project?.name ?? null })
    const references = { userId: user.id, stereotypeId: stereotype.id, projectId: project?.id ?? null }
    const write = { id: ids[i] ?? '', externalId, date, durationSeconds, type, ...references, changedAt, rowIndex }
    return { entry, externalId, write, problems }
  })
}

/** The rows but for those that come before a good one of the same activity. */
export function newestOf(judged: readonly Judged[]): Judged[] {
  const lastGood = new Map<string, number>()
  for (const [i, { write }] of judged.entries()) if (write) lastGood.set(write.externalId, i)
  if (lastGood.size === judged.length) return [...judged]
  return judged.filter(({ externalId }, i) => i >= (lastGood.get(externalId ?? '') ?? 0))
}

function versionOf(row: Judged): (Version & { row: Judged })[] {
  const { changedAt } = row.entry
  return row.externalId !== null && changedAt !== null ? [{ externalId: row.externalId, changedAt, row }] : []
}

function refusedRow(): (judged: Judged) => RefusedRow {
  const fingerprintOf = fingerprinter()
  return ({ entry, externalId, problems }) => {
    const {
      row,
      changedAt,
      fingerprint = fingerprintOf(row),
      translated,
      reportIndex: rowIndex = entry.rowIndex,
    } = entry
    const { keys, date } = translated
    return { rowIndex, row, changedAt, fingerprint, externalId, problems, keys, date }
  }
}

/** By the source's keys. */
interface KnownKeys {
  users: ReadonlyMap<string, KnownKey>
  stereotypes: ReadonlyMap<string, KnownKey>
  projects: ReadonlyMap<string, KnownKey>
}

async function knownKeys(sql: Sql, source: string, rows: readonly RowKeys[]): Promise<KnownKeys> {
  const [users, stereotypes, projects] = [new Set<string>(), new Set<string>(), new Set<string>()]
  for (const { user, stereotype, project } of rows) {
    if (user !== null) users.add(user)
    if (stereotype !== null) stereotypes.add(stereotype)
    if (project !== null) projects.add(project)
  }
  return {
    users: await resolveKeys(sql, 'app_user', source, users),
    stereotypes: await resolveKeys(sql, 'stereotype', source, stereotypes),
    projects: projects.size > 0 ? await resolveKeys(sql, 'project', source, projects) : new Map(),
  }
}

function unknownKeys(
  { name, adapter: { keys } }: Source,
  { user, stereotype, project }: RowKeys,
  { users, stereotypes, projects }: KnownKeys,
): Problem[] {
  const problems: Problem[] = []
  if (stereotype !== null && !stereotypes.has(stereotype)) {
    const message = `${keys.stereotype} "${stereotype}" is no known stereotype of source "${name}"`
    problems.push({ code: ProblemCode.UNKNOWN_STEREOTYPE, field: keys.stereotype, message })
  }
  if (user !== null && !users.has(user)) {
    const message = `${keys.user} "${user}" is no known user of source "${name}"`
    problems.push({ code: ProblemCode.UNKNOWN_USER, field: keys.user, message })
  }
  if (project !== null && !projects.has(project)) {
    const { project: field = null } = keys
    const message = `${field} "${project}" is no known project of source "${name}"`
    problems.push({ code: ProblemCode.UNKNOWN_PROJECT, field, message })
  }
  return problems
}

/** Equal rows of one batch are told apart by their number, so that the same batch again meets the same fingerprints. */
export function fingerprinter(): (row: SourceRow) => string {
  const seen = new Map<string, number>()
  return (row) => {
    const hash = sha256(jsonText(row))
    const occurrence = seen.get(hash) ?? 0
    seen.set(hash, occurrence + 1)
    return occurrence === 0 ? hash : `${hash}-${occurrence}`
  }
}

function countByCode(refused: readonly Pick<Judged, 'problems'>[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { problems } of refused) {
    for (const code of new Set(problems.map((problem) => problem.code))) counts[code] = (counts[code] ?? 0) + 1
  }
  return counts
}
