import { createHash } from 'node:crypto'
import { type ActivityWrite, writeActivities } from '../cache/activities.ts'
import type { Sql } from '../cache/database.ts'
import { addToBatch, type IngestCounts } from '../cache/ingest-batches.ts'
import { quarantineRows, type RefusedRow } from '../cache/quarantine.ts'
import { resolveKeys } from '../cache/references.ts'
import { newIds } from '../model/ids.ts'
import { type Problem, ProblemCode } from '../model/problem.ts'
import type { SourceRow } from '../model/source-row.ts'
import { usableKey } from './field-checks.ts'
import type { SourceAdapter } from './source-adapter.ts'
import type { Source } from './sources.ts'

/** A row on its way in. */
export interface IncomingRow {
  /** Its place in the batch, from 0. */
  rowIndex: number
  row: SourceRow
  /** What quarantine knows it by, if it has been there. */
  fingerprint?: string
}

export interface Admission {
  counts: IngestCounts
  /** How many rows were refused for each problem code; a row with two problems counts in both. */
  countsByCode: Record<string, number>
  /** The external ids of the rows that weren't refused. */
  acceptedIds: string[]
  refusedFingerprints: string[]
}

/**
 * The ACL: translates every row, stores the good, quarantines the bad. Each row ends as exactly one of inserted,
 * updated, unchanged or quarantined, and is counted in the batch. The caller holds the source's lock.
 */
export async function admit(
  sql: Sql,
  source: Source,
  batchId: string,
  incoming: readonly IncomingRow[],
): Promise<Admission> {
  const { accepted, refused } = await sort(sql, source, incoming)
  const written = await writeActivities(sql, source.name, accepted)
  await quarantineRows(sql, source.name, batchId, refused)
  const counts = { received: incoming.length, ...written, quarantined: refused.length }
  await addToBatch(sql, batchId, counts)
  return {
    counts,
    countsByCode: countByCode(refused),
    acceptedIds: accepted.map((write) => write.externalId),
    refusedFingerprints: refused.map((row) => row.fingerprint),
  }
}

async function sort(
  sql: Sql,
  source: Source,
  incoming: readonly IncomingRow[],
): Promise<{ accepted: ActivityWrite[]; refused: RefusedRow[] }> {
  const { adapter } = source
  const { keys } = adapter
  const translated = incoming.map((entry) => {
    const translation = adapter.translate(entry.row)
    if ('record' in translation) return { entry, problems: [], ...translation, references: translation.record }
    const references = {
      userKey: usableKey(entry.row, keys.user),
      stereotypeKey: usableKey(entry.row, keys.stereotype),
    }
    return { entry, ...translation, record: null, references }
  })
  const known = await knownKeys(
    sql,
    source.name,
    translated.map(({ references }) => references),
  )

  const ids = newIds(incoming.length)
  const accepted: ActivityWrite[] = []
  const acceptedIds = new Set<string>()
  const refused: RefusedRow[] = []
  const fingerprintOf = fingerprinter()
  for (const { entry, problems, record, references } of translated) {
    const refuse = (all: Problem[]) => {
      const { rowIndex, row, fingerprint = fingerprintOf(row) } = entry
      refused.push({ rowIndex, row, fingerprint, problems: all, externalId: usableKey(row, keys.id) })
    }
    const userId = known.users.get(record?.userKey ?? '')
    const stereotypeId = known.stereotypes.get(record?.stereotypeKey ?? '')
    if (!record || userId === undefined || stereotypeId === undefined) {
      refuse([...problems, ...unknownKeys(source, references, known)])
    } else if (acceptedIds.has(record.externalId)) {
      refuse([duplicate(adapter, record.externalId)])
    } else {
      const { externalId, date, durationSeconds, type } = record
      acceptedIds.add(externalId)
      accepted.push({ id: ids[accepted.length] ?? '', externalId, date, durationSeconds, type, userId, stereotypeId })
    }
  }
  return { accepted, refused }
}

/** A row's keys of its user and stereotype, as far as they can be such. */
interface References {
  userKey: string | null
  stereotypeKey: string | null
}

/** Ids by the source's keys. */
interface KnownKeys {
  users: ReadonlyMap<string, string>
  stereotypes: ReadonlyMap<string, string>
}

async function knownKeys(sql: Sql, source: string, references: readonly References[]): Promise<KnownKeys> {
  const users = new Set(references.flatMap(({ userKey }) => userKey ?? []))
  const stereotypes = new Set(references.flatMap(({ stereotypeKey }) => stereotypeKey ?? []))
  return {
    users: await resolveKeys(sql, 'app_user', source, users),
    stereotypes: await resolveKeys(sql, 'stereotype', source, stereotypes),
  }
}

function unknownKeys(
  { name, adapter: { keys } }: Source,
  { userKey, stereotypeKey }: References,
  { users, stereotypes }: KnownKeys,
): Problem[] {
  const problems: Problem[] = []
  if (stereotypeKey !== null && !stereotypes.has(stereotypeKey)) {
    const message = `${keys.stereotype} "${stereotypeKey}" is no known stereotype of source "${name}"`
    problems.push({ code: ProblemCode.UNKNOWN_STEREOTYPE, field: keys.stereotype, message })
  }
  if (userKey !== null && !users.has(userKey)) {
    const message = `${keys.user} "${userKey}" is no known user of source "${name}"`
    problems.push({ code: ProblemCode.UNKNOWN_USER, field: keys.user, message })
  }
  return problems
}

function duplicate({ keys }: SourceAdapter, externalId: string): Problem {
  return {
    code: ProblemCode.DUPLICATE_IN_BATCH,
    field: keys.id,
    message: `${keys.id} "${externalId}" is that of an earlier row of the batch, which was accepted`,
  }
}

/** Equal rows of one batch are told apart by their number, so that the same batch again meets the same fingerprints. */
function fingerprinter(): (row: SourceRow) => string {
  const seen = new Map<string, number>()
  return (row) => {
    const hash = createHash('sha256').update(JSON.stringify(row)).digest('hex')
    const occurrence = seen.get(hash) ?? 0
    seen.set(hash, occurrence + 1)
    return occurrence === 0 ? hash : `${hash}-${occurrence}`
  }
}

function countByCode(refused: readonly RefusedRow[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { problems } of refused) {
    for (const code of new Set(problems.map((problem) => problem.code))) counts[code] = (counts[code] ?? 0) + 1
  }
  return counts
}
