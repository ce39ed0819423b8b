/** What came is taken again by the adapter and the rules of now, as if it came for the first time. */
import { v7 as uuidv7 } from 'uuid'
import { deleteActivities } from '../cache/activities.ts'
import { type CamePage, countRowsAfter, nextComings, placeBefore } from '../cache/batch-rows.ts'
import type { Rehearsed, Sql } from '../cache/database.ts'
import { ComingKind } from '../cache/entities/batch-rows.ts'
import type { IngestBatch } from '../cache/entities/ingest-batch.ts'
import { addRemoved, addToBatch, noCounts, openBatch } from '../cache/ingest-batches.ts'
import { beginLive, clearLive, isLiveOf, type Live, liveBetween, liveOf, replaceLive } from '../cache/live-versions.ts'
import {
  changedDays,
  discardedAmong,
  findGroundless,
  olderThanUnkept,
  releaseGroundless,
  type SourceSums,
  sumsOfSource,
} from '../cache/reprocessing.ts'
import { BusyError } from '../model/errors.ts'
import { type Acl, announce, announceDeleted, type PullingAcl } from './acl.ts'
import { admit, checkBad, fingerprinter, type IncomingRow, type Judged, judge, newestOf } from './admit.ts'
import { batchOf } from './ingest.ts'
import type { PullProgress } from './pull.ts'
import { rowTranslator } from './row-translator.ts'
import { inTurn } from './source-turn.ts'
import { type Source, sourceNamed } from './sources.ts'
import { addTally, emptyTally } from './tally.ts'

export interface ReprocessOptions {
  /** Only what came then or later; all that is kept, unless told. */
  since?: Date | null
  /** Told how many rows there are to go through, each twice. */
  onProgress?: (progress: PullProgress) => void
}

/**
 * Takes the kept batches of a source again, in the order in which they came. It comes to what the same batches would come to now over
 * what stands by others; what was deleted meanwhile stays so. In bounded transactions; where it breaks off, it begins anew,
 * as what it found by then may be outdated, and what it wrote is what it would write again.
 * @throws BadInputError for an unknown source.
 * @throws TooManyBadRowsError where so much of a batch is bad now that it would be refused whole; nothing is written then.
 * @throws SourceBusyError where it is pulled for longer than is waited.
 */
export async function reprocess(acl: Acl, name: string, options: ReprocessOptions = {}): Promise<IngestBatch> {
  const source = sourceNamed(acl.sources, name, 'source')
  return inTurn(acl, name, (signal) => new Reprocessing(acl, source, options, signal).run())
}

/** What reprocessing would do: its report, and what that does to the numbers. */
export interface ReprocessPreview {
  report: IngestBatch
  /** How many would be new, other or gone. */
  activities: number
  /** Days of people on which something would be. */
  personDays: number
  before: SourceSums
  after: SourceSums
}

/**
 * Reprocesses and takes everything back, so that it is exactly what it would do. Others who write rows of the source wait meanwhile.
 * @throws What `reprocess` throws.
 */
export async function previewReprocess(
  acl: Acl,
  name: string,
  options: ReprocessOptions = {},
): Promise<ReprocessPreview> {
  const source = sourceNamed(acl.sources, name, 'source')
  const work = async (database: Rehearsed, signal: AbortSignal) => {
    const before = await sumsOfSource(database.sql, name)
    const report = await new Reprocessing({ ...acl, warn: () => undefined, database }, source, options, signal).run()
    const after = await sumsOfSource(database.sql, name)
    const activities = report.inserted + report.updated + report.removed
    return { report, activities, personDays: await changedDays(database.sql), before, after }
  }
  return inTurn(acl, name, (signal) => acl.database.rehearse([name], (database) => work(database, signal)))
}

/** What came at once: a batch, a page of a pull, or keys that were deleted. */
type Unit = { came: number; batchId: string } & (
  | { kind: ComingKind.TAKEN | ComingKind.PULLED; rows: UnitRow[] }
  | { kind: ComingKind.DELETED; keys: string[] }
)

type UnitRow = Pick<IncomingRow, 'row' | 'changedAt' | 'rowIndex'> & { key: string | null }

class Reprocessing {
  private readonly acl: PullingAcl
  private readonly source: Source
  private readonly options: ReprocessOptions
  private readonly signal: AbortSignal
  private readonly reportId = uuidv7()
  private tally = emptyTally()
  /** After which nothing is left out. */
  private place = 0
  /** Up to where it is known what counts, and up to where that is written. */
  private looked = 0
  private written = 0
  private received = 0
  private skipped = 0
  private discarded = 0
  private progress: PullProgress = { rows: 0, total: 0 }

  constructor(acl: PullingAcl, source: Source, options: ReprocessOptions, signal: AbortSignal) {
    this.acl = acl
    this.source = source
    this.options = options
    this.signal = AbortSignal.any([signal, acl.stopping])
  }

  async run(): Promise<IngestBatch> {
    await this.begin()
    // Before anything is written it is known what counts in the end, so that nobody sees what doesn't.
    await this.eachTransaction((sql) => this.look(sql, this.acl.quarantineLimit))
    await this.eachWriting((sql) => this.writeNext(sql))
    await this.removeGroundless()
    await this.eachWriting(async (sql) => (await releaseGroundless(sql, this.source.name, this.place)) > 0)
    return this.end()
  }

  private async begin(): Promise<void> {
    const { name } = this.source
    await this.acl.database.writing([name], async (sql) => {
      await beginLive(sql, name, this.reportId)
      await openBatch(sql, { id: this.reportId, source: name })
      this.place = await placeBefore(sql, name, this.options.since ?? null)
      this.progress.total = 2 * (await countRowsAfter(sql, name, this.place))
    })
    this.looked = this.place
    this.written = this.place
    this.tell(0)
  }

  private async end(): Promise<IngestBatch> {
    const { received, skipped, discarded, tally } = this
    const rest = { ...noCounts(), received: received - tally.counts.received, skipped, quarantined: discarded }
    return this.acl.database.writing([this.source.name], async (sql) => {
      await addToBatch(sql, this.reportId, { ...rest, superseded: rest.received - skipped - discarded }, 0)
      await clearLive(sql, this.source.name)
      return batchOf(sql, this.reportId)
    })
  }

  private async eachTransaction(step: (sql: Sql) => Promise<boolean>): Promise<void> {
    do this.signal.throwIfAborted()
    while (await this.acl.database.transaction(step))
  }

  /** Steps that write; what came meanwhile is looked at first. */
  private async eachWriting(step: (sql: Sql) => Promise<boolean>): Promise<void> {
    const { name } = this.source
    const locked = async (sql: Sql) => {
      if (!(await isLiveOf(sql, name, this.reportId))) throw outrun(name)
      while (await this.look(sql));
      return step(sql)
    }
    do this.signal.throwIfAborted()
    while (await this.acl.database.writing([name], locked))
  }

  /** Looks which of the next rows count, and which of those before don't any more. False where nothing came. */
  private async look(sql: Sql, quarantineLimit?: number): Promise<boolean> {
    const { name } = this.source
    const units = unitsOf(await nextComings(sql, name, this.looked))
    const last = units.at(-1)
    if (!last) return false
    const judged = await this.judged(sql, units)
    if (quarantineLimit !== undefined) {
      for (const [unit, rows] of judged) checkUnit(this.source, unit, rows, quarantineLimit)
    }
    const keys = new Set([...judged.values()].flat().flatMap(({ externalId }) => externalId ?? []))
    for (const unit of units) if (unit.kind === ComingKind.DELETED) for (const key of unit.keys) keys.add(key)
    const versions = new LiveVersions(await liveOf(sql, name, [...keys]))
    for (const unit of units) {
      if (unit.kind === ComingKind.DELETED) versions.delete(unit.keys)
      else versions.take(unit.came, judged.get(unit) ?? [], unit.kind === ComingKind.TAKEN)
    }
    await replaceLive(sql, name, [...keys], versions.all())
    this.looked = last.came
    this.tell(units.reduce((sum, unit) => sum + (unit.kind === ComingKind.DELETED ? 0 : unit.rows.length), 0))
    return true
  }

  /** The newest rows of each unit, looked at all together. */
  private async judged(sql: Sql, units: readonly Unit[]): Promise<Map<Unit, Judged[]>> {
    const incoming = units.flatMap((unit) => this.translated(unit).map((row) => ({ unit, row })))
    const rows = incoming.map(({ row }) => row).filter(({ translated }) => !translated.isSkipped)
    this.received += incoming.length
    this.skipped += incoming.length - rows.length
    const unitOf = new Map<IncomingRow, Unit>(incoming.map(({ unit, row }) => [row, unit]))
    const all = new Map<Unit, Judged[]>(units.map((unit) => [unit, []]))
    for (const each of await judge(sql, this.source, rows)) all.get(unitOf.get(each.entry) as Unit)?.push(each)
    return new Map([...all].map(([unit, judged]) => [unit, newestOf(judged)]))
  }

  private translated(unit: Unit): IncomingRow[] {
    if (unit.kind === ComingKind.DELETED) return []
    const translate = rowTranslator(this.source.adapter)
    return unit.rows.map(({ key, ...row }) => ({ ...row, translated: translate(row.row, key) }))
  }

  /** Writes what counts of the next rows. False where there are none. */
  private async writeNext(sql: Sql): Promise<boolean> {
    const { name } = this.source
    const units = unitsOf(await nextComings(sql, name, this.written))
    const last = units.at(-1)
    if (!last) return false
    const live = await liveBetween(sql, name, this.written, last.came)
    const pulled = new Set(units.filter(({ kind }) => kind === ComingKind.PULLED).map(({ came }) => came))
    const dated = live.filter(isDated).filter(({ came }) => pulled.has(came))
    const older: ReadonlySet<Live> = await olderThanUnkept(sql, name, this.place, dated)
    const discarded = await discardedAmong(
      sql,
      name,
      live.flatMap(({ fingerprint }) => fingerprint ?? []),
    )
    const lives = new Map(live.filter((version) => !older.has(version)).map((version) => [placeIn(version), version]))
    const cameLive = new Set(live.map(({ came }) => came))
    for (const unit of units.filter(({ came }) => cameLive.has(came))) {
      const incoming = this.translated(unit).flatMap((row): IncomingRow[] => {
        const version = lives.get(placeIn({ came: unit.came, rowIndex: row.rowIndex }))
        if (!version) return []
        const { fingerprint, changedAt } = version
        if (fingerprint !== null && discarded.has(fingerprint)) {
          this.discarded += 1
          return []
        }
        return [{ ...row, changedAt, ...(fingerprint !== null && { fingerprint }) }]
      })
      if (incoming.length > 0) await this.write(sql, unit, incoming)
    }
    this.written = last.came
    this.tell(units.reduce((sum, unit) => sum + (unit.kind === ComingKind.DELETED ? 0 : unit.rows.length), 0))
    return true
  }

  private async write(sql: Sql, { batchId }: Unit, rows: readonly IncomingRow[]): Promise<void> {
    const first = this.tally.counts.received
    const incoming = rows.map((row, i) => ({ ...row, reportIndex: first + i }))
    const admission = await admit(sql, this.source, batchId, incoming, 'again', undefined, this.reportId)
    await announce(sql, this.acl, this.source.name, this.reportId, admission)
    this.tally = addTally(this.tally, admission)
  }

  /** Removes what stands by a kept row of which nothing counts: it was refused now, is skipped, or is another activity. */
  private async removeGroundless(): Promise<void> {
    const { name } = this.source
    let after: string | null = null
    await this.eachWriting(async (sql) => {
      const { last, groundless } = await findGroundless(sql, name, this.place, after)
      if (groundless.length > 0) {
        const deleted = await deleteActivities(sql, name, groundless)
        await addRemoved(sql, this.reportId, deleted.count)
        await announceDeleted(sql, this.acl, name, this.reportId, deleted)
      }
      after = last
      return last !== null
    })
  }

  private tell(rows: number): void {
    this.progress = { rows: this.progress.rows + rows, total: Math.max(this.progress.total, this.progress.rows + rows) }
    this.options.onProgress?.(this.progress)
  }
}

/** What counts of some activities, as one coming after the other is taken. */
class LiveVersions {
  private readonly byKey = new Map<string, Live[]>()
  private readonly keyless: Live[] = []

  constructor(live: readonly Live[]) {
    for (const version of live) this.put(version)
  }

  delete(keys: readonly string[]): void {
    for (const key of keys) this.byKey.delete(key)
  }

  /**
   * The rules of `admit`, and of what it releases: the later good row counts, but where one was pulled the one that was changed later. What
   * was refused waits until such a row comes.
   */
  take(came: number, newest: readonly Judged[], isTaken: boolean): void {
    const fingerprintOf = fingerprinter()
    for (const row of newest.filter(({ write }) => write !== null)) this.takeGood(versionOf(came, row, null), isTaken)
    for (const row of newest.filter(({ write }) => write === null)) {
      const good = this.goodOf(row.externalId)
      const { changedAt } = row.entry
      const isOlder = good !== undefined && isBefore(changedAt, good.changedAt)
      if (isOlder && !isTaken) continue
      if (isOlder && good) good.changedAt = changedAt
      this.put(versionOf(came, row, fingerprintOf(row.entry.row)))
    }
  }

  all(): Live[] {
    return [...[...this.byKey.values()].flat(), ...this.keyless]
  }

  private takeGood(version: Live, isTaken: boolean): void {
    const { externalId, changedAt } = version
    const good = this.goodOf(externalId)
    if (good && !isTaken && isBefore(changedAt, good.changedAt)) return
    const waiting = (this.byKey.get(externalId ?? '') ?? []).filter(
      (each) => !each.isGood && isBefore(changedAt, each.changedAt),
    )
    this.byKey.set(externalId ?? '', isTaken ? [version] : [...waiting, version])
  }

  private goodOf(key: string | null): Live | undefined {
    return key === null ? undefined : this.byKey.get(key)?.find(({ isGood }) => isGood)
  }

  /** Of equal rows that wait the last counts, as quarantine has them once. */
  private put(version: Live): void {
    const { externalId, fingerprint } = version
    if (externalId === null) this.keyless.push(version)
    else {
      const others = this.byKey.get(externalId) ?? []
      this.byKey.set(externalId, [...others.filter((each) => each.isGood || each.fingerprint !== fingerprint), version])
    }
  }
}

function versionOf(came: number, { entry, externalId, write }: Judged, fingerprint: string | null): Live {
  const { rowIndex, changedAt } = entry
  return { came, rowIndex, externalId, changedAt, isGood: write !== null, fingerprint }
}

/** Whether one is known to have been changed before another. */
function isBefore(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && one < other
}

function outrun(source: string): BusyError {
  return new BusyError(
    `Others began to reprocess source "${source}" meanwhile. What they come to is what this would have come to.`,
    { source },
  )
}

function checkUnit({ name }: Source, unit: Unit, newest: readonly Judged[], limit: number): void {
  const rows = unit.kind === ComingKind.DELETED ? 0 : unit.rows.length
  checkBad(
    name,
    rows,
    newest.filter(({ write }) => write === null),
    limit,
  )
}

function unitsOf(pages: readonly CamePage[]): Unit[] {
  const units = new Map<number, Unit>()
  for (const page of pages) {
    const { came, batchId } = page
    if (page.kind === ComingKind.DELETED) {
      units.set(came, { came, batchId, kind: page.kind, keys: page.keys })
      continue
    }
    const unit = units.get(came)
    const rows = unit && unit.kind !== ComingKind.DELETED ? unit.rows : []
    if (!unit) units.set(came, { came, batchId, kind: page.kind, rows })
    for (const [i, { row, changedAt, key }] of page.rows.entries()) {
      // That of somebody who was erased is none any more.
      if (row) rows.push({ row, changedAt, key, rowIndex: page.firstRow + i })
    }
  }
  return [...units.values()]
}

function isDated(version: Live): version is Live & { externalId: string; changedAt: string } {
  return version.externalId !== null && version.changedAt !== null
}

function placeIn({ came, rowIndex }: Pick<Live, 'came' | 'rowIndex'>): string {
  return `${came} ${rowIndex}`
}
