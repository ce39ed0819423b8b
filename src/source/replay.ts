import { v7 as uuidv7 } from 'uuid'
import type { Sql } from '../cache/database.ts'
import type { IngestBatch } from '../cache/entities/ingest-batch.ts'
import { type QuarantinedRow, QuarantineStatus } from '../cache/entities/quarantined-row.ts'
import { openBatch } from '../cache/ingest-batches.ts'
import { discardRows, lockQuarantinedRows, quarantinedSources, releaseRows } from '../cache/quarantine.ts'
import { lockSources } from '../cache/source-lock.ts'
import { BadInputError } from '../model/errors.ts'
import { type Acl, announce } from './acl.ts'
import { admit } from './admit.ts'
import { textFault } from './field-checks.ts'
import { batchOf } from './ingest.ts'
import { sourceNamed } from './sources.ts'

const LONGEST_REASON = 2_000

/**
 * Sends quarantined rows of one source through the ACL again: those that are accepted now are released, the others
 * stay with one attempt more.
 * @throws BadInputError for ids that aren't there or not open, and for rows of several sources.
 */
export async function replayQuarantine(acl: Acl, asked: readonly string[]): Promise<IngestBatch> {
  const ids = distinct(asked)
  const id = uuidv7()
  const { source, admission, report } = await acl.database.transaction(async (sql) => {
    const sources = await sourcesOfRows(sql, ids)
    const [name = '', ...others] = sources
    if (others.length > 0)
      throw new BadInputError('ids', `ids must be of rows of one source, not of ${sources.join(' and ')}.`)
    const source = sourceNamed(acl.sources, name, 'ids')
    await lockSources(sql, sources)
    const rows = await openRows(sql, ids)
    await openBatch(sql, { id, source: source.name, idempotencyKey: null })
    const incoming = rows.map(({ row, fingerprint }, rowIndex) => ({ row, fingerprint, rowIndex }))
    const admission = await admit(sql, source, id, incoming)
    const refused = new Set(admission.refusedFingerprints)
    await releaseRows(
      sql,
      rows.filter((row) => !refused.has(row.fingerprint)).map((row) => row.id),
    )
    return { source, admission, report: await batchOf(sql, { id }) }
  })
  await announce(acl, source.name, id, admission)
  return report
}

/**
 * Marks quarantined rows as not wanted; they stay where they are.
 * @throws BadInputError for ids that aren't there or not open, and for a blank reason.
 */
export async function discardQuarantine(acl: Acl, asked: readonly string[], reason: string): Promise<QuarantinedRow[]> {
  const ids = distinct(asked)
  const fault = textFault(reason, LONGEST_REASON)
  if (fault) throw new BadInputError('reason', `reason ${fault}; it says why the rows are not wanted.`)
  return acl.database.transaction(async (sql) => {
    await lockSources(sql, await sourcesOfRows(sql, ids))
    await openRows(sql, ids)
    await discardRows(sql, ids, reason)
    return lockQuarantinedRows(sql, ids)
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
  if (unknown.length > 0) throw new BadInputError('ids', `There is no quarantined row ${unknown.join(', ')}.`)
  return [...new Set(rows.values())]
}

async function openRows(sql: Sql, ids: readonly string[]): Promise<QuarantinedRow[]> {
  const rows = await lockQuarantinedRows(sql, ids)
  const ended = rows.find((row) => row.status !== QuarantineStatus.OPEN)
  if (ended)
    throw new BadInputError('ids', `Quarantined row ${ended.id} is ${ended.status}; only an OPEN one can be taken.`)
  return rows
}
