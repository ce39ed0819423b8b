import { v7 as uuidv7 } from 'uuid'
import { onCommit, type Sql } from '../cache/database.ts'
import type { IngestBatch } from '../cache/entities/ingest-batch.ts'
import { closePull, type EndedPull, openPull } from '../cache/pulls.ts'
import { refusalsOf } from '../cache/quarantine-pages.ts'
import { CancelledError, SteelthreadError } from '../model/errors.ts'
import { cut } from '../model/excerpts.ts'
import type { PullingAcl } from './acl.ts'
import { batchOf } from './ingest.ts'

const LONGEST_ERROR = 2_000

/** Messages are small. */
const LONGEST_TOLD = 500

/**
 * Runs a pull so that it leaves a report, however it ends: open until it is over, with its error where it fails. The
 * caller has the source's turn.
 */
export async function traced(
  { database, dispatcher, counters, warn }: PullingAcl,
  source: string,
  pull: (batchId: string) => Promise<void>,
): Promise<IngestBatch> {
  const id = uuidv7()
  const tellRefused = async (sql: Sql, ended: readonly EndedPull[]) => {
    for (const { id: batchId, newlyQuarantined: count } of ended) {
      if (count === 0) continue
      const refusals = await refusalsOf(sql, batchId, { isNew: true })
      const countsByCode = Object.fromEntries(refusals.map((refusal) => [refusal.code, refusal.count]))
      await dispatcher.publish(sql, 'rows.quarantined', { source, batchId, count, countsByCode })
    }
  }
  await database.transaction(async (sql) => {
    await tellRefused(sql, await openPull(sql, { id, source }))
    await dispatcher.publish(sql, 'pull.began', { source, batchId: id })
  })
  const end = async (sql: Sql) => {
    await tellRefused(sql, await closePull(sql, id, null))
    const report = await batchOf(sql, id)
    const { inserted, updated, removed } = report
    onCommit(sql, () => counters.add('pulls', `${source} succeeded`))
    await dispatcher.publish(sql, 'pull.ended', { source, batchId: id, changed: inserted + updated + removed })
    return report
  }
  const fail = async (sql: Sql, reason: string, outcome: string) => {
    onCommit(sql, () => counters.add('pulls', `${source} ${outcome}`))
    await tellRefused(sql, await closePull(sql, id, reason))
    await dispatcher.publish(sql, 'pull.failed', { source, batchId: id, error: cut(reason, LONGEST_TOLD) })
  }
  try {
    await pull(id)
    return await database.transaction(end)
  } catch (error) {
    // Where it can't be kept why, the next pull finds the report open, and says that this one broke off.
    await database
      .transaction((sql) => fail(sql, said(error), error instanceof CancelledError ? 'broken_off' : 'failed'))
      .catch(() => warn({ source }, 'why a pull failed could not be kept with its report'))
    throw error
  }
}

function said(error: unknown): string {
  const isOurs = error instanceof SteelthreadError
  return isOurs ? cut(error.message, LONGEST_ERROR) : 'The service failed to pull this; its log says why.'
}
