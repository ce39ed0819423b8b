/** Who wants to be forgotten is: nothing of a person stays, neither what came of it nor as it came. */
import { randomBytes } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { nextComings, replacePage } from '../cache/batch-rows.ts'
import type { Sql } from '../cache/database.ts'
import { ComingKind } from '../cache/entities/batch-rows.ts'
import type { Erasure } from '../cache/entities/erasure.ts'
import type { User } from '../cache/entities/user.ts'
import {
  addErasure,
  eraseActivitiesOf,
  eraseFromEvents,
  eraseHistoryOf,
  eraseMentions,
  eraseQuarantined,
  eraseSubject,
  lockUser,
  unattributedRows,
} from '../cache/erasures.ts'
import { clearLive } from '../cache/live-versions.ts'
import { type CameRow, packPage } from '../cache/packed-rows.ts'
import { usersByIds } from '../cache/reference-reads.ts'
import { BadInputError } from '../model/errors.ts'
import { jsonText, parseJson } from '../model/exact-json.ts'
import { wordPattern } from '../model/excerpts.ts'
import type { SourceRow } from '../model/source-row.ts'
import type { Acl } from './acl.ts'
import { checkReason } from './field-checks.ts'
import { keyOf, rowTranslator } from './row-translator.ts'
import { inTurn } from './source-turn.ts'
import type { Source } from './sources.ts'
import { UNREADABLE } from './unread-rows.ts'

const ROWS_AT_ONCE = 1_000

/**
 * Erases a user with everything that is of that person: first the rows as they came, a bounded transaction at a time, of which nobody sees
 * anything; then all the rest at once. Where it breaks off, the user is still there, and asking again goes on. What comes of
 * the user from then on is of an unknown one.
 * @throws BadInputError for a user that isn't there, and for a reason that is blank or says who it was.
 * @throws SourceBusyError where the source is pulled for longer than is waited.
 */
export async function eraseUser(acl: Acl, id: string, reason: string): Promise<Erasure> {
  const [user] = await usersByIds(acl.database.sql, [id])
  if (!user) throw noUser(id)
  checkErasureReason(reason, user)
  return inTurn(acl, user.source, (signal) => erase(acl, user, reason, AbortSignal.any([signal, acl.stopping])))
}

async function erase(acl: Acl, user: User, reason: string, signal: AbortSignal): Promise<Erasure> {
  const { id, source: name } = user
  const isTheirs = rowsOf(user, acl.sources.get(name))
  const kept = { after: 0, count: 0 }
  const step = async (sql: Sql) => {
    const { last, count } = await eraseKept(sql, name, kept.after, isTheirs)
    kept.count += count
    kept.after = last ?? kept.after
    return last !== null
  }
  do signal.throwIfAborted()
  while (await acl.database.writing([name], step))

  return acl.database.writing([name], async (sql) => {
    const locked = await lockUser(sql, id)
    if (!locked) throw noUser(id)
    // What came since it was looked.
    for (let more = true; more; ) more = await step(sql)
    const others = await unattributedOf(sql, name, isTheirs)
    const quarantinedRows = await eraseQuarantined(sql, locked, others)
    const { count: activities, touched } = await eraseActivitiesOf(sql, locked)
    await eraseHistoryOf(sql, id)
    await clearLive(sql, name)
    await eraseMentions(sql, locked)
    await eraseFromEvents(sql, locked)
    const counts = { activities, quarantinedRows, keptRows: kept.count, ...(await eraseSubject(sql, id)) }
    const pseudonym = `erased-${randomBytes(8).toString('hex')}`
    // On which days of whom is nobody's business any more.
    const changed = {
      inserted: 0,
      updated: 0,
      deleted: activities,
      windows: [],
      windowCount: touched.length,
      isComplete: false,
    }
    if (activities > 0)
      await acl.dispatcher.publish(sql, 'activities.ingested', { source: name, batchId: null, ...changed })
    await acl.dispatcher.publish(sql, 'users.deleted', { count: 1 })
    return addErasure(sql, { id: uuidv7(), pseudonym, reason, counts })
  })
}

/** Empties the places of a user's rows in what came next. `last` is how far it got; null where nothing came. */
async function eraseKept(
  sql: Sql,
  source: string,
  after: number,
  isTheirs: (row: SourceRow) => boolean,
): Promise<{ last: number | null; count: number }> {
  const pages = await nextComings(sql, source, after, { isLocked: true })
  let count = 0
  for (const page of pages) {
    if (page.kind === ComingKind.DELETED) continue
    const rows = page.rows.map((came): CameRow => (came.row && isTheirs(came.row) ? NOBODYS : came))
    const erased = rows.filter((row, i) => row !== page.rows[i]).length
    if (erased > 0) await replacePage(sql, page, await packPage(rows))
    count += erased
  }
  return { last: pages.at(-1)?.came ?? null, count }
}

const NOBODYS: CameRow = { row: null, changedAt: null, key: null }

/** Quarantined rows of nobody known that are of the user all the same. */
async function unattributedOf(sql: Sql, source: string, isTheirs: (row: SourceRow) => boolean): Promise<string[]> {
  const found: string[] = []
  for (let after: string | null = null; ; ) {
    const page = await unattributedRows(sql, source, after, ROWS_AT_ONCE)
    for (const { id, row } of page) if (isTheirs(parseJson(row) as SourceRow)) found.push(id)
    after = page.at(-1)?.id ?? null
    if (page.length < ROWS_AT_ONCE) return found
  }
}

/**
 * Tells the rows of a user: by the adapter, which may know them by more than a column, or else by the column that holds the user; where the
 * row can't be read, or nobody knows its columns, by what it says of the user.
 */
function rowsOf({ externalId, name }: User, source: Source | undefined): (row: SourceRow) => boolean {
  const says = [externalId, name].map(patternInJson)
  const isSaid = (row: SourceRow) => says.some((pattern) => pattern.test(jsonText(row)))
  if (!source) return isSaid
  const { adapter } = source
  const translate = rowTranslator(adapter)
  return (row) => {
    if (Object.hasOwn(row, UNREADABLE)) return isSaid(row)
    return translate(row).keys.user === externalId || keyOf(row, adapter.keys.user, adapter) === externalId
  }
}

/** A text as it stands in JSON, not as a part of a longer word. */
function patternInJson(text: string): RegExp {
  return wordPattern(jsonText(text).slice(1, -1), 'iu')
}

function checkErasureReason(reason: string, { id, externalId, name }: User): void {
  checkReason(reason, 'why the user is erased')
  const isSaid = [id, externalId, name].some((text) => patternInJson(text).test(jsonText(reason)))
  if (isSaid) throw new BadInputError('reason', 'reason must not say who it was: it stays when the user is gone.')
}

function noUser(id: string): BadInputError {
  return new BadInputError('id', `There is no user ${id}.`)
}
