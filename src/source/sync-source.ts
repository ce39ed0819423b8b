import type { IngestBatch } from '../cache/entities/ingest-batch.ts'
import { secondsSincePull } from '../cache/pulls.ts'
import { BadInputError, CancelledError, SourceBusyError, SteelthreadError } from '../model/errors.ts'
import type { Acl } from './acl.ts'
import { ExternalDatabase } from './external-database.ts'
import { Pull, type PullOptions } from './pull.ts'
import { traced } from './pull-trace.ts'
import type { PullPlan } from './source-adapter.ts'
import { inTurn } from './source-turn.ts'
import { type Source, sourceNamed } from './sources.ts'

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
  const source = pullable(acl, name)
  const work = (signal: AbortSignal) =>
    pull(acl, source, options, signal).catch((error: unknown) => {
      if (error instanceof SteelthreadError) acl.warn({ source: name, code: error.code }, error.message)
      throw error
    })
  return inTurn(acl, name, work, options)
}

/**
 * The same for who pulls by the clock: nothing, and null, where others are at the source, or where a pull of it began less
 * than so many seconds ago, in whichever process.
 */
export async function pullIfDue(acl: Acl, name: string, afterSeconds: number): Promise<IngestBatch | null> {
  const source = pullable(acl, name)
  const work = async (signal: AbortSignal) => {
    const ago = await secondsSincePull(acl.database.sql, name)
    if (ago !== null && ago < afterSeconds) return null
    return pull(acl, source, {}, signal)
  }
  return inTurn(acl, name, work, { longestWaitMs: 1 }).catch((error: unknown) => {
    if (error instanceof SourceBusyError) return null
    throw error
  })
}

/** Why a pull ends before its next page when the service stops: what its report says. */
export const BROKEN_OFF = new CancelledError('Broken off, as the service stopped.')

/** A source that has a database. */
interface Pullable {
  source: Source
  plan: PullPlan
}

function pullable(acl: Acl, name: string): Pullable {
  const source = sourceNamed(acl.sources, name, 'name')
  const plan = source.adapter.pull
  if (source.url && plan) return { source, plan }
  throw new BadInputError(
    'name',
    `Source "${name}" has no database to pull: set SOURCE_${name.toUpperCase()}_URL, or send its rows to ingestActivities.`,
  )
}

function pull(acl: Acl, { source, plan }: Pullable, options: PullOptions, stop: AbortSignal): Promise<IngestBatch> {
  const signal = AbortSignal.any([stop, acl.stopping])
  return traced(acl, source.name, async (batchId) => {
    const external = await ExternalDatabase.open(source, plan, signal)
    try {
      await external.checkColumns(source.adapter.columns)
      await new Pull(acl, source, external, options, batchId, signal).run()
    } finally {
      await external.close()
    }
  })
}
