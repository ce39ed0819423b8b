import type { Sql } from './database.ts'
import { type Logic, LogicState } from './entities/logic.ts'

/** A logic as its stage defines it. */
export type DefinedLogic = Pick<Logic, 'logic' | 'stage' | 'version' | 'definition'>

/**
 * Keeps these logics as those in use: others that were are retired. Returns those that are new where their stages had
 * others before.
 */
export async function keepLogics(sql: Sql, logics: readonly DefinedLogic[]): Promise<string[]> {
  const kept = await sql<{ logic: string; isOther: boolean }>(KEEP, [
    logics.map(({ logic }) => logic),
    logics.map(({ stage }) => stage),
    logics.map(({ version }) => version),
    logics.map(({ definition }) => JSON.stringify(definition)),
  ])
  return kept.flatMap(({ logic, isOther }) => (isOther ? [logic] : []))
}

const KEEP = `
WITH retired AS (
  UPDATE logic SET state = '${LogicState.RETIRED}' WHERE state = '${LogicState.ACTIVE}' AND logic <> ALL ($1::text[])
)
INSERT INTO logic (logic, stage, version, definition, state)
SELECT logic, stage, version, definition, '${LogicState.ACTIVE}'
FROM unnest($1::text[], $2::text[], $3::integer[], $4::jsonb[]) AS used (logic, stage, version, definition)
ORDER BY logic
ON CONFLICT (logic) DO UPDATE SET state = excluded.state
RETURNING logic, xmax = 0 AND EXISTS (SELECT FROM logic other WHERE other.stage = logic.stage) AS "isOther"`
