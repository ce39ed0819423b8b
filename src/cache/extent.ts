import { FIRST_DATE, LAST_DATE } from '../model/calendar.ts'
import type { Sql } from './database.ts'
import { SOURCE_LOGIC } from './entities/slice.ts'

/** How much the cache holds: what bounds the answers to questions. */
export interface Extent {
  users: number
  stereotypes: number
  sprints: number
  /** The days of the first and the last activity; null where there is none. */
  firstDate: string | null
  lastDate: string | null
  /** Days of users that have, or had, activities; infinite until they are counted. */
  personDays: number
}

/** More than caches hold: what a query asks of that, it may ask of all. */
export const AMPLE: Extent = {
  users: 1_000_000,
  stereotypes: 10_000,
  sprints: 10_000,
  firstDate: FIRST_DATE,
  lastDate: LAST_DATE,
  personDays: Number.POSITIVE_INFINITY,
}

/** The extent, without what would have to be counted one by one. */
export async function readExtent(sql: Sql): Promise<Extent> {
  const [found] = await sql<Omit<Extent, 'personDays'>>(
    `SELECT (SELECT count(*) FROM app_user) AS users, (SELECT count(*) FROM stereotype) AS stereotypes,
       (SELECT count(*) FROM sprint) AS sprints, (SELECT min(date) FROM activity) AS "firstDate",
       (SELECT max(date) FROM activity) AS "lastDate"`,
  )
  if (!found) throw new Error('Broken invariant: a SELECT of one row gave none.')
  return { ...found, personDays: Number.POSITIVE_INFINITY }
}

export async function countPersonDays(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }>('SELECT count(*) AS count FROM slice WHERE logic = $1', [SOURCE_LOGIC])
  return row?.count ?? 0
}
