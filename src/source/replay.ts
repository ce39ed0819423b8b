import { v7 as uuidv7 } from 'uuid'
import type { Sql } from '../cache/database.ts'
import type { IngestBatch } from '../cache/entities/ingest-batch.ts'
import { type QuarantinedRow, QuarantineStatus } from '../cache/entities/quarantined-row.ts'
import { addToBatch, openBatch } from '../cache/ingest-batches.ts'
import { discardRows, lockQuarantinedRows, releaseRows } from '../cache/quarantine.ts'
import { lockSources } from '../cache/source-lock.ts'
import { BadInputError } from '../model/errors.ts'
import { type Acl, announce } from './acl.ts'
import { admit } from './admit.ts'
import { batchOf } from './ingest.ts'
import { sourceNamed } from './sources.ts'

/**
 * Sends quarantined rows of one source through the ACL again: those that are accepted now are released, the others
 * stay with one attempt more.
 * @throws BadInputError for ids that aren't there or not open, and for rows of several sources.
 */
export async function replayQuarantine(acl: Acl, ids: readonly string[]): Promise<IngestBatch> {
  const id = uuidv7()
  const { source, admission, report } = await acl.database.transaction(async (sql) => {
    const source = sourceNamed(acl.sources, await commonSource(sql, ids), 'ids')
    await lockSources(sql, [source.name])
    const rows = await openRows(sql, ids)
    await openBatch(sql, { id, source: source.name, idempotencyKey: null })
    const incoming = rows.map(({ row, fingerprint }, rowIndex) => ({ row, fingerprint, rowIndex }))
    const admission = await admit(sql, source, id, incoming)
    const refused = new Set(admission.refusedFingerprints)
    await releaseRows(
      sql,
      rows.filter((row) => !refused.has(row.fingerprint)).map((row) => row.id),
    )
    await addToBatch(sql, id, admission.counts)
    return { source, admission, report: await batchOf(sql, { id }) }
  })
  await announce(acl, source.name, id, admission)
  return report
}

/**
 * Marks quarantined rows as not wanted; they stay where they are.
 * @throws BadInputError for ids that aren't there or not open, and for a blank reason.
 */
export async function discardQuarantine(acl: Acl, ids: readonly string[], reason: string): Promise<QuarantinedRow[]> {
  if (reason.trim() === '') throw new BadInputError('reason', 'reason must say why the rows are not wanted.')
  return acl.database.transaction(async (sql) => {
    const rows = await openRows(sql, ids)
    await discardRows(
      sql,
      rows.map((row) => row.id),
      reason,
    )
    return lockQuarantinedRows(sql, ids)
  })
}

async function commonSource(sql: Sql, ids: readonly string[]): Promise<string> {
  const rows = await rowsOf(sql, ids)
  const sources = [...new Set(rows.map((row) => row.source))]
  const [source] = sources
  if (source === undefined || sources.length > 1) {
    throw new BadInputError('ids', `ids must be of rows of one source, not of ${sources.join(' and ')}.`)
  }
  return source
}

async function openRows(sql: Sql, ids: readonly string[]): Promise<QuarantinedRow[]> {
  const rows = await rowsOf(sql, ids)
  const ended = rows.find((row) => row.status !== QuarantineStatus.OPEN)
  if (ended)
    throw new BadInputError('ids', `Quarantined row ${ended.id} is ${ended.status}; only an OPEN one can be taken.`)
  return rows
}

async function rowsOf(sql: Sql, ids: readonly string[]): Promise<QuarantinedRow[]> {
  if (ids.length === 0) throw new BadInputError('ids', 'ids must name at least one quarantined row.')
  const distinct = [...new Set(ids)]
  const rows = await lockQuarantinedRows(sql, distinct)
  const found = new Set(rows.map((row) => row.id))
  const unknown = distinct.filter((id) => !found.has(id))
  if (unknown.length > 0) throw new BadInputError('ids', `There is no quarantined row ${unknown.join(', ')}.`)
  return rows
}
