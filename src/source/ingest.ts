import { v7 as uuidv7 } from 'uuid'
import { deleteActivities } from '../cache/activities.ts'
import { keepDeletion, keepRows } from '../cache/batch-rows.ts'
import type { Sql } from '../cache/database.ts'
import { ComingKind } from '../cache/entities/batch-rows.ts'
import type { IngestBatch } from '../cache/entities/ingest-batch.ts'
import { findBatch, findBatchOfKey, type Idempotency, openBatch } from '../cache/ingest-batches.ts'
import { packRows } from '../cache/packed-rows.ts'
import { discardOpenOf, releaseSuperseded } from '../cache/quarantine.ts'
import { BadInputError, BatchRefusedError, IdempotencyConflictError } from '../model/errors.ts'
import { jsonText } from '../model/exact-json.ts'
import { sha256 } from '../model/sha256.ts'
import type { SourceRow } from '../model/source-row.ts'
import { type Acl, announce, announceDeleted } from './acl.ts'
import { admit } from './admit.ts'
import { textFault } from './field-checks.ts'
import { normalKey } from './normal-key.ts'
import { rowTranslator } from './row-translator.ts'
import type { SourceAdapter } from './source-adapter.ts'
import { sourceNamed } from './sources.ts'

/** A batch of rows in the shape of its source. */
export interface RowBatch {
  source: string
  /** At least one; the API takes up to 10,000. */
  rows: readonly SourceRow[]
  /** The same key and rows again return the source's first report and apply nothing. */
  idempotencyKey?: string | null
}

/**
 * Takes a batch in one transaction: rows, slice revisions, quarantine and report, or nothing at all.
 * @throws BadInputError for an unknown source and for no rows.
 * @throws IdempotencyConflictError where the key came with other rows before.
 * @throws BatchRefusedError where a required column is absent from every row.
 * @throws TooManyBadRowsError where more of many rows are bad than may be.
 */
export async function ingestRows(
  acl: Acl,
  { source: name, rows, idempotencyKey = null }: RowBatch,
): Promise<IngestBatch> {
  const source = sourceNamed(acl.sources, name, 'source')
  if (rows.length === 0) throw new BadInputError('rows', 'rows must hold at least one row.')
  const keyFault = idempotencyKey === null ? undefined : textFault(idempotencyKey)
  if (keyFault) throw new BadInputError('idempotencyKey', `idempotencyKey ${keyFault}.`)
  refuseOtherShapes(source.name, source.adapter, rows)

  const translate = rowTranslator(source.adapter)
  // Rows that are sent in come in the order in which they were made.
  const incoming = rows.map((row, rowIndex) => ({ row, rowIndex, changedAt: null, translated: translate(row) }))

  const id = uuidv7()
  const idempotency = idempotencyKey === null ? undefined : { key: idempotencyKey, payloadHash: hashOf(rows) }
  return acl.database.writing([source.name], async (sql) => {
    const isNew = await openBatch(sql, { id, source: source.name, idempotency })
    if (!isNew && idempotency) return firstReport(sql, source.name, idempotency)
    const admitting = admit(sql, source, id, incoming, 'taken', acl.quarantineLimit)
    // Beside the database, which has more to do.
    const packing = packRows(rows.map((row) => ({ row, changedAt: null, key: null })))
    packing.catch(() => undefined)
    const admission = await admitting
    await keepRows(sql, { batchId: id, source: source.name, kind: ComingKind.TAKEN, firstRow: 0, pages: await packing })
    await releaseSuperseded(sql, source.name, admission.accepted, admission.refusedFingerprints)
    await announce(sql, acl, source.name, id, admission)
    return batchOf(sql, id)
  })
}

/** Removes activities that their source no longer has, and what waits of them in quarantine. Returns how many there were. */
export async function removeActivities(acl: Acl, name: string, externalIds: readonly string[]): Promise<number> {
  const source = sourceNamed(acl.sources, name, 'source')
  return acl.database.writing([source.name], async (sql) => {
    const keys = externalIds.map((externalId) => normalKey(externalId, source.adapter))
    await discardOpenOf(sql, source.name, keys, 'Its activity was deleted.')
    // As they came too: a cache of an earlier version may hold keys as they came.
    const all = [...new Set([...keys, ...externalIds])]
    await keepDeletion(sql, source.name, all)
    const deleted = await deleteActivities(sql, source.name, all)
    await announceDeleted(sql, acl, source.name, null, deleted)
    return deleted.count
  })
}

/** @throws BatchRefusedError where a required column is absent from every row. */
function refuseOtherShapes(source: string, adapter: SourceAdapter, rows: readonly SourceRow[]): void {
  const missing = adapter.columns.filter((column) => !rows.some((row) => Object.hasOwn(row, column)))
  if (missing.length > 0) throw new BatchRefusedError(source, missing, adapter.columns)
}

async function firstReport(sql: Sql, source: string, { key, payloadHash }: Idempotency): Promise<IngestBatch> {
  const batch = await findBatchOfKey(sql, source, key)
  if (!batch) throw new Error(`Broken invariant: source "${source}" has no ingest batch of the key "${key}".`)
  if (batch.payloadHash !== null && batch.payloadHash !== payloadHash) {
    throw new IdempotencyConflictError(
      `idempotencyKey "${key}" came with other rows before; a key belongs to the rows that it first came with. ` +
        'Send these under a key of their own. Nothing was written.',
      { argument: 'idempotencyKey', batchId: batch.id },
    )
  }
  return batch
}

function hashOf(rows: readonly SourceRow[]): string {
  return sha256(jsonText(rows))
}

/** A batch that must be there. */
export async function batchOf(sql: Sql, id: string): Promise<IngestBatch> {
  const batch = await findBatch(sql, id)
  if (!batch) throw new Error(`Broken invariant: there is no ingest batch ${id}.`)
  return batch
}
