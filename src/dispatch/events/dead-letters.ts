/** A person decides what becomes of facts that a subscription failed at for the last time. */
import type { Database, Sql } from '../../cache/database.ts'
import type { UndeliveredEvent } from '../../cache/entities/undelivered-event.ts'
import { dropDead, makeDue } from '../../cache/undelivered.ts'
import { BadInputError } from '../../model/errors.ts'
import { few } from '../../model/excerpts.ts'

/**
 * Has the subscriptions that failed at these dead letters try them again, as if for the first time, each its own alone. All or none.
 * Returns how many there are.
 * @throws BadInputError for ids that are none.
 */
export function redeliver(database: Database, asked: readonly string[]): Promise<number> {
  return all(database, asked, async (sql, ids) => (await makeDue(sql, ids)).map((id) => ({ id })))
}

/** Drops dead letters, all or none. Returns them. @throws BadInputError for ids that are none. */
export async function dropDeadLetters(database: Database, asked: readonly string[]): Promise<UndeliveredEvent[]> {
  let dropped: UndeliveredEvent[] = []
  await all(database, asked, async (sql, ids) => {
    dropped = await dropDead(sql, ids)
    return dropped
  })
  return dropped
}

function all(
  database: Database,
  asked: readonly string[],
  work: (sql: Sql, ids: readonly string[]) => Promise<readonly { id: string }[]>,
): Promise<number> {
  if (asked.length === 0) throw new BadInputError('ids', 'ids must name at least one dead letter.')
  const ids = [...new Set(asked.map((id) => id.toLowerCase()))]
  return database.transaction(async (sql) => {
    const done = new Set((await work(sql, ids)).map(({ id }) => id))
    const unknown = ids.filter((id) => !done.has(id))
    if (unknown.length > 0) throw new BadInputError('ids', `There is no dead letter ${few(unknown)}.`)
    return done.size
  })
}
