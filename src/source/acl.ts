/** What the ACL works with, and what it tells. */
import type { Deleted } from '../cache/activities.ts'
import { type Database, onCommit, type Rehearsed, type Sql } from '../cache/database.ts'
import type { Dispatcher } from '../dispatch/dispatcher.ts'
import type { Counters } from '../model/counters.ts'
import { toldWindows } from '../model/window.ts'
import type { Sources } from './sources.ts'
import type { Tally } from './tally.ts'

/** What the anti-corruption layer works with. */
export interface Acl extends PullingAcl {
  database: Database
  dispatcher: Dispatcher
}

/** The same as far as a pull goes, which may be a rehearsal. */
export interface PullingAcl {
  database: Rehearsed
  dispatcher: Pick<Dispatcher, 'publish'>
  sources: Sources
  /** Of how many percent of bad rows a batch is refused whole. */
  quarantineLimit: number
  /** Aborts when the service stops: pulls break off before their next page. */
  stopping: AbortSignal
  /** What becomes of rows and pulls is counted. */
  counters: Counters
  /** Tells the operator of something that was left out. */
  warn(details: object, message: string): void
}

/** Tells what a batch brought and what was refused of it, in the transaction that writes it. */
export async function announce(
  sql: Sql,
  acl: Pick<PullingAcl, 'dispatcher' | 'counters'>,
  source: string,
  batchId: string,
  { news, ...tally }: Tally,
): Promise<void> {
  await announceChanges(sql, acl, source, batchId, tally)
  if (news.count > 0) await acl.dispatcher.publish(sql, 'rows.quarantined', { source, batchId, ...news })
}

/** The same of what it brought alone; what became of its rows is counted. */
export async function announceChanges(
  sql: Sql,
  { dispatcher, counters }: Pick<PullingAcl, 'dispatcher' | 'counters'>,
  source: string,
  batchId: string,
  { counts, touched }: Pick<Tally, 'counts' | 'touched'>,
): Promise<void> {
  const { inserted, updated, received: _, ...others } = counts
  onCommit(sql, () => {
    for (const [outcome, count] of Object.entries({ inserted, updated, ...others })) {
      if (count > 0) counters.add('ingestRows', `${source} ${outcome}`, count)
    }
  })
  if (inserted + updated === 0) return
  const event = { source, batchId, inserted, updated, deleted: 0, ...toldWindows(touched) }
  await dispatcher.publish(sql, 'activities.ingested', event)
}

/** Tells that activities were removed, in the transaction that does it; nothing where there were none. */
export async function announceDeleted(
  sql: Sql,
  { dispatcher }: Pick<PullingAcl, 'dispatcher'>,
  source: string,
  batchId: string | null,
  { count, touched }: Deleted,
): Promise<void> {
  if (count === 0) return
  const event = { source, batchId, inserted: 0, updated: 0, deleted: count, ...toldWindows(touched) }
  await dispatcher.publish(sql, 'activities.ingested', event)
}
