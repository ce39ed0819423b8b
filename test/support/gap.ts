import { Database } from '../../src/cache/database.ts'

/**
 * Does `work` in the middle of a read: once its snapshot has been seen by a statement, and before the next. Returns what
 * both came to.
 * @param nth The snapshot in which it is done, counted from 1.
 */
export async function inTheGap<Read, Done>(
  read: () => Promise<Read>,
  work: () => Promise<Done>,
  nth = 1,
): Promise<{ read: Read; done: Done }> {
  const { openSnapshot } = Database.prototype
  let gap: Promise<Done> | undefined
  let count = 0
  Database.prototype.openSnapshot = function () {
    const snapshot = openSnapshot.call(this)
    const isIt = ++count === nth
    const sql: typeof snapshot.sql = async (text, values) => {
      const rows = await snapshot.sql(text, values)
      // Whatever is read beside it waits, too.
      if (isIt) gap ??= work()
      if (isIt) await gap
      return rows as never
    }
    return {
      ...snapshot,
      sql,
      snapshot: (work) => work(sql),
      idle: async () => {
        if (isIt) await gap
        await snapshot.idle()
      },
      get isLost() {
        return snapshot.isLost
      },
    }
  }
  const value = await read().finally(() => {
    Database.prototype.openSnapshot = openSnapshot
  })
  if (!gap) throw new Error('There was no gap.')
  return { read: value, done: await gap }
}
