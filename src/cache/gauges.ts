/** How the cache stands, for who watches it. */
import type { Sql } from './database.ts'
import { OUTBOX_DEPTH, type OutboxDepth } from './outbox.ts'
import { PULL_STATES, type PullState } from './pulls.ts'

export interface Gauges {
  outbox: OutboxDepth
  /** Open rows by what is wrong with them: one with two problems is among those of both. */
  quarantine: { source: string; code: string; rows: number }[]
  pulls: Pick<PullState, 'name' | 'successSecondsAgo' | 'error' | 'pulling'>[]
}

/** All of it by one statement. @param sources Those that are pulled. */
export async function readGauges(sql: Sql, sources: readonly string[]): Promise<Gauges> {
  const [gauges] = await sql<Gauges>(GAUGES, [sources])
  if (!gauges) throw new Error('Broken invariant: a SELECT without FROM gives a row.')
  return gauges
}

const GAUGES = `
SELECT (SELECT to_json(depth) FROM (${OUTBOX_DEPTH}) depth) AS outbox,
  (SELECT coalesce(json_agg(state), '[]') FROM (${PULL_STATES}) state) AS pulls,
  (
    SELECT coalesce(json_agg(open), '[]') FROM (
      SELECT q.source, problem.code, count(*) AS rows
      FROM quarantined_row q
      CROSS JOIN LATERAL (SELECT DISTINCT p ->> 'code' AS code FROM jsonb_array_elements(q.problems) p) problem
      WHERE q.status = 'OPEN' GROUP BY q.source, problem.code
    ) open
  ) AS quarantine`
