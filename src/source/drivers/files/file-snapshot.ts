import { constants, type FileHandle, open } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { SourceRow } from '../../../model/source-row.ts'
import { normalKey } from '../../normal-key.ts'
import { ownKeys } from '../../row-translator.ts'
import type { Mentioned, Reference, SourceAdapter } from '../../source-adapter.ts'
import { brokenOff, checkColumns, pullFault } from '../source-faults.ts'
import {
  identityOf,
  type PulledRow,
  type ReferenceKind,
  type SourceAt,
  type SourcePage,
  type SourceSnapshot,
  type SourceState,
} from '../source-snapshot.ts'
import { FILE_KINDS, readerOf } from './file-rows.ts'

/** How much is read at once, in bytes. */
const READ_BYTES = 256 * 1024

/** No time limits how long a file is read. */
const NEVER = /$^/

export function isFileUrl(url: string): boolean {
  return url.startsWith('file:')
}

/** A file as it is while it is open. All of its rows were changed when it was; so it is read whole, or not at all. */
export class FileSnapshot implements SourceSnapshot {
  /** Nothing is asked for while another answer is under way. */
  readonly longestAnswerMs = 60_000
  private readonly source: SourceAt
  private readonly path: string
  private readonly file: FileHandle
  private readonly signal: AbortSignal
  private readonly found: Found
  private surveyed: Promise<Survey> | undefined

  private constructor(source: SourceAt, path: string, file: FileHandle, found: Found, signal: AbortSignal) {
    this.source = source
    this.path = path
    this.file = file
    this.found = found
    this.signal = signal
  }

  static async open(source: SourceAt, signal: AbortSignal): Promise<FileSnapshot> {
    const path = fileURLToPath(source.url)
    if (!readerOf(path)) throw pullFault(source, `${path} must be one of ${FILE_KINDS.join(', ')}.`)
    // Whoever opens a pipe waits for who writes to it, unless told not to.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
      throw brokenOff(source, 'reached', cause, NEVER)
    })
    try {
      const found = await foundAs(file)
      if (!(await file.stat()).isFile()) throw pullFault(source, `${path} is no file.`)
      return new FileSnapshot(source, path, file, found, signal)
    } catch (error) {
      await file.close()
      throw error
    }
  }

  close(): Promise<void> {
    return this.file.close()
  }

  async checkColumns(): Promise<void> {
    const { columns, count } = await this.survey()
    if (count > 0) checkColumns(this.source, this.path, new Map([...columns].map((column) => [column, null])))
  }

  async state(): Promise<SourceState> {
    const { changedAt, making } = this.found
    return {
      identity: identityOf(this.source, { system: null, database: this.path, table: '', made: making }),
      newest: changedAt,
      now: new Date().toISOString(),
    }
  }

  async *pages(since: string | null, limit: number): AsyncGenerator<SourcePage> {
    if (this.isOlderThan(since)) return
    const pulled = this.puller()
    let rows: PulledRow[] = []
    for await (const row of this.rows()) {
      rows.push(pulled(row))
      if (rows.length < limit) continue
      yield { rows, place: null }
      rows = []
    }
    yield { rows, place: this.found.changedAt }
  }

  async count(since: string | null): Promise<number> {
    return this.isOlderThan(since) ? 0 : (await this.survey()).count
  }

  private isOlderThan(place: string | null): boolean {
    return place !== null && Date.parse(place) >= Date.parse(this.found.changedAt)
  }

  async rowsOf(keys: readonly string[]): Promise<PulledRow[]> {
    const wanted = new Set(keys.map((key) => normalKey(key).toLowerCase()))
    const pulled = this.puller()
    const found: PulledRow[] = []
    for await (const row of this.rows()) {
      const candidate = pulled(row)
      if (wanted.has(candidate.key.toLowerCase())) found.push(candidate)
    }
    return found
  }

  async *keys(limit: number): AsyncGenerator<string[]> {
    const ownKey = ownKeys(this.source.adapter)
    let keys: string[] = []
    for await (const row of this.rows()) {
      keys.push(ownKey(row) ?? '')
      if (keys.length < limit) continue
      yield keys
      keys = []
    }
    yield keys
  }

  async references(kind: ReferenceKind): Promise<SourceRow[]> {
    return [...(await this.survey()).mentioned[kind].values()].map((reference) => ({ ...reference }))
  }

  private puller(): (row: SourceRow) => PulledRow {
    const ownKey = ownKeys(this.source.adapter)
    const { changedAt } = this.found
    return (row) => ({ row, key: ownKey(row) ?? '', changedAt, isAhead: false, isFarAhead: false })
  }

  private survey(): Promise<Survey> {
    this.surveyed ??= surveyOf(this.rows(), this.source.adapter)
    return this.surveyed
  }

  /** @throws SourcePullError where the file can't be read, or is another by the end. */
  private async *rows(): AsyncGenerator<SourceRow> {
    const read = readerOf(this.path)
    if (!read) throw new Error(`Broken invariant: ${this.path} was opened.`)
    try {
      yield* read(this.texts())
    } catch (cause) {
      this.signal.throwIfAborted()
      throw brokenOff(this.source, 'pulled', cause, NEVER)
    }
    const { making, changedAt } = await foundAs(this.file)
    if (making !== this.found.making || changedAt !== this.found.changedAt) {
      throw brokenOff(this.source, 'pulled', new Error('the file was changed while it was read'), NEVER)
    }
  }

  private async *texts(): AsyncGenerator<string> {
    const decoder = new TextDecoder('utf-8', { fatal: true })
    const bytes = Buffer.allocUnsafe(READ_BYTES)
    let position = 0
    const decoded = (length: number) => {
      try {
        return decoder.decode(bytes.subarray(0, length), { stream: length > 0 })
      } catch {
        throw new Error(`it must be UTF-8, and isn't after about ${position.toLocaleString('en')} bytes`)
      }
    }
    for (;;) {
      this.signal.throwIfAborted()
      const { bytesRead } = await this.file.read(bytes, 0, READ_BYTES, position)
      yield decoded(bytesRead)
      if (bytesRead === 0) return
      position += bytesRead
    }
  }
}

interface Found {
  /** When it was changed; UTC, as text that sorts by time. */
  changedAt: string
  /** Which file it is: another may come under its name. */
  making: string
}

async function foundAs(file: FileHandle): Promise<Found> {
  const { mtimeMs, dev, ino, size } = await file.stat()
  return { changedAt: new Date(mtimeMs).toISOString(), making: `${dev}/${ino}/${size}` }
}

/** What the rows of a file say all together. */
interface Survey {
  count: number
  columns: Set<string>
  mentioned: Record<ReferenceKind, Map<string, Reference>>
}

async function surveyOf(rows: AsyncIterable<SourceRow>, adapter: SourceAdapter): Promise<Survey> {
  const survey: Survey = {
    count: 0,
    columns: new Set(),
    mentioned: { users: new Map(), stereotypes: new Map(), projects: new Map(), sprints: new Map() },
  }
  for await (const row of rows) {
    survey.count += 1
    for (const column in row) survey.columns.add(column)
    const mentioned: Mentioned = adapter.mentions?.(row) ?? {}
    for (const [kind, reference] of Object.entries(mentioned) as [ReferenceKind, Reference | undefined][]) {
      if (reference) survey.mentioned[kind].set(normalKey(reference.external_id, adapter), reference)
    }
  }
  return survey
}
