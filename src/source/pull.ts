import { forgetChangeTimes } from '../cache/activities.ts'
import { keepRows } from '../cache/batch-rows.ts'
import type { Sql } from '../cache/database.ts'
import { ComingKind } from '../cache/entities/batch-rows.ts'
import { addWarnings } from '../cache/ingest-batches.ts'
import { type CameRow, packRows } from '../cache/packed-rows.ts'
import { releaseGone, releaseSuperseded } from '../cache/quarantine.ts'
import { idleFor } from '../cache/session.ts'
import { advancePlace, knownSource, saveIdentity, saveRules, setPlace } from '../cache/source-places.ts'
import { hasPulled } from '../cache/sweeps.ts'
import { rulesText } from '../model/value-rules.ts'
import type { Warning } from '../model/warning.ts'
import { announceChanges, type PullingAcl } from './acl.ts'
import { type Admission, admit, type OlderVersions } from './admit.ts'
import type { PulledRow, SourceSnapshot } from './drivers/source-snapshot.ts'
import { pullReferences } from './pull-references.ts'
import { type RowTranslator, rowTranslator, type TranslatedRow } from './row-translator.ts'
import { aheadWarning, checkIdentity, isAfter, isMadeAnew, newestWarning } from './source-identity.ts'
import type { Source } from './sources.ts'
import { sweep } from './sweep.ts'
import { addTally, emptyTally } from './tally.ts'
import { rulesWarning, unnamedWarning } from './value-warnings.ts'

const PAGE_ROWS = 5_000

/** How to pull. */
export interface PullOptions {
  /** Everything, not only what changed. */
  full?: boolean
  /** Takes another database over as the same source: everything is read, and no earlier time of change counts. */
  moved?: boolean
  /** Removes what is no longer there also where that is most of the source. */
  removeMost?: boolean
  /** Told how many rows there are to read, and after each page how many of them were looked at. */
  onProgress?: (progress: PullProgress) => void
}

export interface PullProgress {
  rows: number
  total: number
}

/** One pull, which has its turn and its report. */
export class Pull {
  private readonly acl: PullingAcl
  private readonly source: Source
  private readonly snapshot: SourceSnapshot
  private readonly options: PullOptions
  /** Stops it before the next page. */
  private readonly signal: AbortSignal
  private readonly batchId: string
  private readonly translate: RowTranslator
  private tally = emptyTally()
  private ahead = 0
  /** Whether it is time to look for what the source no longer has. */
  private isSweepDue = false
  /** Whether what was pulled before was valued by other rules. */
  private areRulesOthers = false
  /** How many rows were looked at, some of them twice. */
  private looked = 0
  private total = 0

  constructor(
    acl: PullingAcl,
    source: Source,
    snapshot: SourceSnapshot,
    options: PullOptions,
    batchId: string,
    signal: AbortSignal,
  ) {
    this.acl = acl
    this.source = source
    this.snapshot = snapshot
    this.options = options
    this.batchId = batchId
    this.translate = rowTranslator(source.adapter)
    this.signal = signal
  }

  async run(): Promise<void> {
    const { database } = this.acl
    const { name } = this.source
    const since = await this.begin()
    const isSwept = (since === null || this.isSweepDue) && (await hasPulled(database.sql, name))
    if (this.options.onProgress) this.total = await this.snapshot.count(since)
    this.tell()
    const leftOut = await pullReferences(this.acl, this.source, this.snapshot)
    const place = await this.pullPages(since)
    this.signal.throwIfAborted()
    if (since === null) {
      // Who has read everything knows the place, even where it is earlier than before.
      await database.transaction(async (sql) => {
        await setPlace(sql, name, place)
        await saveRules(sql, name, rulesText(this.source.value))
      })
    }
    const { batchId, signal, options } = this
    const gone = isSwept
      ? await sweep(this.acl, this.source, this.snapshot, { batchId, removeMost: options.removeMost ?? false, signal })
      : []
    await this.warn([
      ...leftOut,
      ...gone,
      ...aheadWarning(name, this.ahead),
      ...(await unnamedWarning(database.sql, this.source)),
      ...(this.areRulesOthers ? [rulesWarning(name, this.tally.sides)] : []),
    ])
  }

  /** Returns from when on to read; null: everything. */
  private async begin(): Promise<string | null> {
    const { name } = this.source
    const { full = false, moved = false } = this.options
    const { database } = this.acl
    const known = await knownSource(database.sql, name)
    const state = await this.snapshot.state()
    checkIdentity(name, known, state, moved)
    await database.writing([name], async (sql) => {
      await saveIdentity(sql, name, state.identity)
      if (moved) await forgetChangeTimes(sql, name)
      // What was made anew may hold other rows of any time; so that is done, however often it takes.
      if (moved || isMadeAnew(known, state)) await setPlace(sql, name, null)
    })
    const { sweepSeconds } = this.source
    this.isSweepDue = sweepSeconds > 0 && (known.sweptSecondsAgo ?? Number.POSITIVE_INFINITY) >= sweepSeconds
    this.areRulesOthers = known.identity !== null && known.rules !== rulesText(this.source.value)
    if (full || moved || isMadeAnew(known, state) || this.areRulesOthers) return null
    await this.warn(newestWarning(name, known, state))
    // A place that hasn't come yet was taken while the source's clock was ahead: nothing can be left out by it.
    return isAfter(known.place, state.now) ? null : known.place
  }

  /** Returns the place of the last row. */
  private async pullPages(since: string | null): Promise<string | null> {
    const pages = this.snapshot.pages(since, PAGE_ROWS)
    const next = async () => {
      const page = await pages.next()
      return page.done ? null : { rows: this.translated(page.value.rows), place: page.value.place }
    }
    let place: string | null = null
    let coming = next()
    try {
      for (let page = await coming; page; page = await coming) {
        // The next page is read and translated while this one is stored.
        coming = next()
        coming.catch(() => undefined)
        this.signal.throwIfAborted()
        place = page.place ?? place
        await this.store(page.rows, place)
      }
    } finally {
      await coming.catch(() => undefined)
    }
    return place
  }

  private translated(rows: readonly PulledRow[]): TranslatedPulledRow[] {
    return rows.map((row) => ({ ...row, translated: this.translate(row.row, row.key) }))
  }

  /**
   * Stores a page and its place. Where a row is older than what is stored, or than what waits in quarantine, the source
   * is asked for all that it has of that activity, and that is what counts: the newer version if it still has one, else
   * the older.
   */
  private async store(rows: readonly TranslatedPulledRow[], place: string | null): Promise<void> {
    const { looked, tally } = await this.acl.database.writing([this.source.name], async (sql) => {
      const page = await this.take(sql, rows, this.looked, 'left')
      const taken = [page]
      if (page.unsettled.length > 0) {
        await sql(idleFor(this.snapshot.longestAnswerMs))
        const all = this.translated(await this.snapshot.rowsOf(page.unsettled))
        taken.push(await this.take(sql, all, this.looked + rows.length, 'taken'))
        await releaseGone(
          sql,
          taken.flatMap(({ newerOpen }) => newerOpen),
          this.batchId,
        )
      }
      if (place) await advancePlace(sql, this.source.name, place)
      const tally = taken.map(({ admission }) => admission).reduce(addTally, emptyTally())
      await announceChanges(sql, this.acl, this.source.name, this.batchId, tally)
      return { looked: taken.reduce((sum, each) => sum + each.looked, 0), tally }
    })
    this.ahead += rows.filter(({ isFarAhead }) => isFarAhead).length
    this.looked += looked
    this.tally = addTally(this.tally, tally)
    this.tell()
  }

  private tell(): void {
    this.options.onProgress?.({ rows: this.looked, total: Math.max(this.total, this.looked) })
  }

  private async take(
    sql: Sql,
    rows: readonly TranslatedPulledRow[],
    firstIndex: number,
    older: OlderVersions,
  ): Promise<Taken> {
    const { name } = this.source
    const incoming = rows.map(({ row, translated, changedAt }, i) => {
      return { row, translated, changedAt, rowIndex: firstIndex + i }
    })
    const admitting = admit(sql, this.source, this.batchId, incoming, older, this.acl.quarantineLimit)
    // Beside the database, which has more to do.
    const packing = packRows(rows.map((pulled) => this.kept(pulled)))
    packing.catch(() => undefined)
    const admission = await admitting
    const kind = older === 'left' ? ComingKind.PULLED : ComingKind.TAKEN
    await keepRows(sql, { batchId: this.batchId, source: name, kind, firstRow: firstIndex, pages: await packing })
    const newer = await releaseSuperseded(sql, name, admission.accepted, admission.refusedFingerprints)
    const unsettled = [...admission.left, ...newer.map(({ than }) => than.rowIndex)]
    return {
      looked: rows.length,
      admission,
      newerOpen: newer.map(({ id }) => id),
      unsettled: [...new Set(unsettled.map((rowIndex) => rows[rowIndex - firstIndex]?.key ?? ''))],
    }
  }

  private kept({ row, changedAt, key }: PulledRow): CameRow {
    return { row, changedAt, key: typeof this.source.adapter.keys.id === 'string' ? null : key }
  }

  private async warn(warnings: readonly Warning[]): Promise<void> {
    if (warnings.length === 0) return
    for (const { code, message } of warnings)
      this.acl.warn({ source: this.source.name, batchId: this.batchId, code }, message)
    await this.acl.database.transaction((sql) => addWarnings(sql, this.batchId, warnings))
  }
}

interface TranslatedPulledRow extends PulledRow {
  translated: TranslatedRow
}

/** What became of some rows. */
interface Taken {
  looked: number
  admission: Admission
  /** Open quarantined rows that are newer than what was accepted. */
  newerOpen: string[]
  /** The source's keys of those for which the rest that it has must be looked at. */
  unsettled: string[]
}
