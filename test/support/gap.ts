import { Database } from '../../src/cache/database.ts'

/**
 * Does `work` in the middle of a read: once its snapshot has been seen by a statement, and before the next. Returns what
 * both came to.
 * @param nth The snapshot in which it is done, counted from 1.
 * @param last The last in which it is done again.
 * @param isBefore Whether it is done before the snapshot is seen, and so is in it.
 */
export async function inTheGap<Read, Done>(
  read: () => Promise<Read>,
  work: () => Promise<Done>,
  { nth = 1, last = nth, isBefore = false }: { nth?: number; last?: number; isBefore?: boolean } = {},
): Promise<{ read: Read; done: Done }> {
  const { openSnapshot } = Database.prototype
  let done: Promise<Done> | undefined
  let count = 0
  Database.prototype.openSnapshot = function () {
    const snapshot = openSnapshot.call(this)
    count += 1
    const isIt = nth <= count && count <= last
    let gap: Promise<Done> | undefined
    const pause = async () => {
      gap ??= work()
      done = gap
      await gap
    }
    const sql: typeof snapshot.sql = async (text, values) => {
      if (isIt && isBefore) await pause()
      const rows = await snapshot.sql(text, values)
      // Whatever is read beside it waits, too.
      if (isIt && !isBefore) await pause()
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
  if (!done) throw new Error('There was no gap.')
  return { read: value, done: await done }
}
