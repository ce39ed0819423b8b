import type { IngestBatch } from '../cache/entities/ingest-batch.ts'
import { type LastPulls, lastPulls } from '../cache/pulls.ts'
import { type Refusal, refusalsOf } from '../cache/quarantine-pages.ts'
import { CancelledError, SourceBusyError, SteelthreadError } from '../model/errors.ts'
import { inTrace } from '../model/spans.ts'
import type { Acl, PullingAcl } from './acl.ts'
import { openSnapshot } from './drivers/index.ts'
import type { SourceAt } from './drivers/source-snapshot.ts'
import { Pull, type PullOptions } from './pull.ts'
import { traced } from './pull-trace.ts'
import { inTurn } from './source-turn.ts'
import { pullable } from './sources.ts'

export interface SyncOptions extends PullOptions {
  /** How long others are waited for who are at the source. */
  longestWaitMs?: number
}

/**
 * Pulls what is new or changed since the last pull, page by page, through the ACL; everything when `full`. References
 * and rows come out of one snapshot of the source. Each page is a transaction together with its place in the source: a
 * pull that is cut off goes on where it stopped. Pulls of one source take turns, and each leaves a report.
 * @throws BadInputError for a source that isn't configured.
 * @throws SourceBusyError where it is pulled already, for longer than is waited.
 * @throws SourcePullError for a database that can't be reached or isn't of the adapter's shape.
 * @throws SourceChangedError for a database that isn't the one pulled before.
 */
export async function syncSource(acl: Acl, name: string, options: SyncOptions = {}): Promise<IngestBatch> {
  const source = pullable(acl.sources, name)
  const work = (signal: AbortSignal) =>
    pull(acl, source, options, signal).catch((error: unknown) => {
      if (error instanceof SteelthreadError) acl.warn({ source: name, code: error.code }, error.message)
      throw error
    })
  return inTurn(acl, name, work, options)
}

/**
 * The same for who pulls by the clock: nothing, and null, where others are at the source, or where it isn't due by the last pulls of
 * whichever process.
 */
export async function pullIfDue(
  acl: Acl,
  name: string,
  isDue: (last: LastPulls) => boolean,
): Promise<IngestBatch | null> {
  const source = pullable(acl.sources, name)
  const work = async (signal: AbortSignal) => {
    if (!isDue(await lastPulls(acl.database.sql, name))) return null
    return pull(acl, source, {}, signal)
  }
  return inTurn(acl, name, work, { longestWaitMs: 1 }).catch((error: unknown) => {
    if (error instanceof SourceBusyError) return null
    throw error
  })
}

/** What a pull would do: its report, and what is wrong with the rows that it would refuse. */
export interface PullPreview {
  report: IngestBatch
  refusals: Refusal[]
}

/**
 * Pulls and takes everything back, so that it is exactly what a pull would do. Others who write rows of the source wait meanwhile.
 * @throws What `syncSource` throws.
 */
export async function previewPull(acl: Acl, name: string, options: SyncOptions = {}): Promise<PullPreview> {
  const source = pullable(acl.sources, name)
  const work = (signal: AbortSignal) =>
    acl.database.rehearse(
      [name],
      async (database) => {
        const report = await pull({ ...acl, warn: () => undefined, database }, source, options, signal)
        return { report, refusals: await refusalsOf(database.sql, report.id) }
      },
      // For so long at most the source may take to answer.
      source.timeoutSeconds * 1_000,
    )
  return inTurn(acl, name, work, options)
}

/** Why a pull ends before its next page when the service stops: what its report says. */
export const BROKEN_OFF = new CancelledError('Broken off, as the service stopped.')

function pull(acl: PullingAcl, source: SourceAt, options: PullOptions, stop: AbortSignal): Promise<IngestBatch> {
  const signal = AbortSignal.any([stop, acl.stopping])
  const work = async (batchId: string) => {
    const snapshot = await openSnapshot(source, signal)
    try {
      await snapshot.checkColumns()
      await new Pull(acl, source, snapshot, options, batchId, signal).run()
    } finally {
      await snapshot.close()
    }
  }
  const span = { name: 'pull', words: () => ({ 'steelthread.source': source.name }) }
  return inTrace(span, () => traced(acl, source.name, work))
}
