import { v7 as uuidv7 } from 'uuid'
import { forgetChangeTimes } from '../cache/activities.ts'
import type { IngestBatch } from '../cache/entities/ingest-batch.ts'
import { addWarnings, openBatch } from '../cache/ingest-batches.ts'
import { releaseGone, releaseSuperseded } from '../cache/quarantine.ts'
import { lockSources } from '../cache/source-lock.ts'
import { advancePlace, knownSource, saveIdentity, setPlace } from '../cache/source-places.ts'
import { BadInputError } from '../model/errors.ts'
import type { Warning } from '../model/warning.ts'
import { type Acl, announce } from './acl.ts'
import { type Admission, addTally, admit, emptyTally, type OlderVersions } from './admit.ts'
import { ExternalDatabase, type PulledRow } from './external-database.ts'
import { batchOf } from './ingest.ts'
import { pullReferences } from './pull-references.ts'
import { aheadWarning, checkIdentity, isAfter, isMadeAnew, newestWarning } from './source-identity.ts'
import { type Source, sourceNamed, turnOf } from './sources.ts'

const PAGE_ROWS = 5_000

/** How to pull. */
export interface PullOptions {
  /** Everything, not only what changed. */
  full?: boolean
  /** Takes another database over as the same source: everything is read, and no earlier time of change counts. */
  moved?: boolean
}

/**
 * Pulls what is new or changed since the last pull, page by page, through the ACL; everything when `full`. References
 * and rows come out of one snapshot of the source. Each page is a transaction together with its place in the source: a
 * pull that is cut off goes on where it stopped. Pulls of one source take turns.
 * @throws BadInputError for a source that isn't configured.
 * @throws SourcePullError for a database that can't be reached or isn't of the adapter's shape.
 * @throws SourceChangedError for a database that isn't the one pulled before.
 */
export async function syncSource(acl: Acl, name: string, options: PullOptions = {}): Promise<IngestBatch> {
  const source = sourceNamed(acl.sources, name, 'name')
  const { url, adapter } = source
  const { pull: plan } = adapter
  if (!url || !plan) {
    throw new BadInputError(
      'name',
      `Source "${name}" has no database to pull: set SOURCE_${name.toUpperCase()}_URL, or send its rows to ingestActivities.`,
    )
  }
  return acl.database.alone(turnOf(name), async () => {
    const external = await ExternalDatabase.open(source, plan)
    try {
      await external.checkColumns(adapter.columns)
      return await new Pull(acl, source, external, options).run()
    } finally {
      await external.close()
    }
  })
}

/** One pull, which has its turn. */
class Pull {
  private readonly acl: Acl
  private readonly source: Source
  private readonly external: ExternalDatabase
  private readonly options: PullOptions
  private readonly batchId = uuidv7()
  private tally = emptyTally()
  private ahead = 0
  /** The keys of rows that are older than what is stored: whether the source has a newer version shows at the end. */
  private olderKeys: string[] = []
  /** Open quarantined rows that are newer than what came: those that don't come in this pull have gone from the source. */
  private newerOpen: string[] = []

  constructor(acl: Acl, source: Source, external: ExternalDatabase, options: PullOptions) {
    this.acl = acl
    this.source = source
    this.external = external
    this.options = options
  }

  async run(): Promise<IngestBatch> {
    const { database } = this.acl
    const since = await this.begin()
    const leftOut = await pullReferences(this.acl, this.source, this.external)
    let place: string | null = null
    try {
      place = await this.pullPages(since)
      await this.settleOlder()
      await this.releaseGone()
    } finally {
      await announce(this.acl, this.source.name, this.batchId, this.tally)
    }
    // Who has read everything knows the place, even where it is earlier than before.
    if (since === null) await database.transaction((sql) => setPlace(sql, this.source.name, place))
    await this.warn([...leftOut, ...aheadWarning(this.source.name, this.ahead)])
    return batchOf(database.sql, this.batchId)
  }

  /** Opens the batch and returns from when on to read; null: everything. */
  private async begin(): Promise<string | null> {
    const { name, adapter } = this.source
    const { full = false, moved = false } = this.options
    const { database } = this.acl
    const known = await knownSource(database.sql, name)
    const state = await this.external.state(adapter)
    checkIdentity(name, known, state, moved)
    await database.transaction(async (sql) => {
      await openBatch(sql, { id: this.batchId, source: name })
      await lockSources(sql, [name])
      await saveIdentity(sql, name, state.identity)
      if (moved) await forgetChangeTimes(sql, name)
      // What was made anew may hold other rows of any time; so that is done, however often it takes.
      if (moved || isMadeAnew(known, state)) await setPlace(sql, name, null)
    })
    if (full || moved || isMadeAnew(known, state)) return null
    await this.warn(newestWarning(name, known, state))
    // A place that hasn't come yet was taken while the source's clock was ahead: nothing can be left out by it.
    return isAfter(known.place, state.now) ? null : known.place
  }

  /** Returns the place of the last row. */
  private async pullPages(since: string | null): Promise<string | null> {
    const pages = this.external.pages(since, this.source.overlapSeconds, PAGE_ROWS)
    let place: string | null = null
    let coming = pages.next()
    try {
      for (let page = await coming; !page.done; page = await coming) {
        // The next page is read while this one is stored.
        coming = pages.next()
        coming.catch(() => undefined)
        place = placeOf(page.value) ?? place
        await this.store(page.value, place, 'left')
        if (this.olderKeys.length >= PAGE_ROWS) await this.settleOlder()
      }
    } finally {
      await coming.catch(() => undefined)
    }
    return place
  }

  /**
   * Takes what the source has of activities that came older than they are stored: where it has no newer version any
   * more, the older one it is.
   */
  private async settleOlder(): Promise<void> {
    const keys = this.olderKeys.splice(0)
    if (keys.length > 0) await this.store(await this.external.rowsOf(keys), null, 'taken')
  }

  /** Rows of quarantine are only written by who holds their source's lock. */
  private async releaseGone(): Promise<void> {
    if (this.newerOpen.length === 0) return
    await this.acl.database.transaction(async (sql) => {
      await lockSources(sql, [this.source.name])
      await releaseGone(sql, this.newerOpen, this.batchId)
    })
  }

  private async store(rows: readonly PulledRow[], place: string | null, older: OlderVersions): Promise<void> {
    const { name } = this.source
    const firstIndex = this.tally.counts.received
    const admission = await this.acl.database.transaction(async (sql): Promise<Admission> => {
      await lockSources(sql, [name])
      const incoming = rows.map(({ row, changedAt }, i) => ({ row, changedAt, rowIndex: firstIndex + i }))
      const admission = await admit(sql, this.source, this.batchId, incoming, older)
      const newer = await releaseSuperseded(sql, name, admission.accepted, admission.refusedFingerprints)
      this.newerOpen.push(...newer)
      if (place) await advancePlace(sql, name, place)
      return admission
    })
    this.ahead += rows.filter(({ isFarAhead }) => isFarAhead).length
    for (const rowIndex of admission.left) this.olderKeys.push(rows[rowIndex - firstIndex]?.key ?? '')
    this.tally = addTally(this.tally, admission)
  }

  private async warn(warnings: readonly Warning[]): Promise<void> {
    if (warnings.length === 0) return
    for (const { code, message } of warnings) this.acl.warn({ source: this.source.name, code }, message)
    await this.acl.database.transaction((sql) => addWarnings(sql, this.batchId, warnings))
  }
}

/** The moment up to which a page, whose rows are in order, has everything; null where no row says. */
function placeOf(page: readonly PulledRow[]): string | null {
  return page.findLast(({ isAhead, changedAt }) => !isAhead && changedAt !== '-infinity')?.changedAt ?? null
}
