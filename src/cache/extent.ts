import { FIRST_DATE, LAST_DATE } from '../model/calendar.ts'
import { user } from '../model/subject.ts'
import type { Sql } from './database.ts'

/** How much the cache holds: what bounds the answers to questions. */
export interface Extent {
  users: number
  stereotypes: number
  projects: number
  teams: number
  /** The most memberships that one team has. */
  teamMembers: number
  sprints: number
  /** The days of the first and the last activity; null where there is none. */
  firstDate: string | null
  lastDate: string | null
  /** Days of users that have, or had, activities; infinite until they are counted. */
  personDays: number
  /** The most of them that one user has; likewise. */
  userDays: number
}

const UNCOUNTED = { personDays: Number.POSITIVE_INFINITY, userDays: Number.POSITIVE_INFINITY }

/** More than caches hold: what a query asks of that, it may ask of all. */
export const AMPLE: Extent = {
  users: 1_000_000,
  stereotypes: 10_000,
  projects: 10_000,
  teams: 10_000,
  teamMembers: 10_000,
  sprints: 10_000,
  firstDate: FIRST_DATE,
  lastDate: LAST_DATE,
  ...UNCOUNTED,
}

/** The extent, without what would have to be counted one by one. */
export async function readExtent(sql: Sql): Promise<Extent> {
  const [found] = await sql<Omit<Extent, keyof typeof UNCOUNTED>>(
    `SELECT (SELECT count(*) FROM app_user) AS users, (SELECT count(*) FROM stereotype) AS stereotypes,
       (SELECT count(*) FROM project) AS projects, (SELECT count(*) FROM team) AS teams,
       (SELECT coalesce(max(count), 0) FROM (SELECT count(*) FROM team_member GROUP BY team_id) teams) AS "teamMembers",
       (SELECT count(*) FROM sprint) AS sprints, (SELECT min(date) FROM activity) AS "firstDate",
       (SELECT max(date) FROM activity) AS "lastDate"`,
  )
  if (!found) throw new Error('Broken invariant: a SELECT of one row gave none.')
  return { ...found, ...UNCOUNTED }
}

/** What the extent lacks until it is counted. */
export async function countDays(sql: Sql): Promise<Pick<Extent, keyof typeof UNCOUNTED>> {
  const [found] = await sql<Pick<Extent, keyof typeof UNCOUNTED>>(
    `SELECT coalesce(sum(days), 0)::bigint AS "personDays", coalesce(max(days), 0) AS "userDays"
     FROM (SELECT count(*) AS days FROM slice WHERE logic = $1 GROUP BY subject_id) users`,
    [user.sourceLogic],
  )
  if (!found) throw new Error('Broken invariant: a SELECT of one row gave none.')
  return found
}

/** The days of the first and the last activity; where there is none, no day lies between them. */
export async function daysOfActivities(sql: Sql): Promise<[first: string, last: string]> {
  const [found] = await sql<{ first: string | null; last: string | null }>(
    'SELECT (SELECT min(date) FROM activity) AS first, (SELECT max(date) FROM activity) AS last',
  )
  return [found?.first ?? LAST_DATE, found?.last ?? FIRST_DATE]
}
