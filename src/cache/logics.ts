import type { Sql } from './database.ts'
import type { Logic, LogicState } from './entities/logic.ts'

/** A logic as its stage defines it. */
export type DefinedLogic = Pick<Logic, 'logic' | 'stage' | 'version' | 'definition'>

/** A logic that was used, and its state. */
export type KeptLogic = DefinedLogic & Pick<Logic, 'state'>

/** Keeps these logics, as candidates unless they are known. Returns those that are new. */
export async function keepLogics(sql: Sql, logics: readonly DefinedLogic[]): Promise<string[]> {
  const kept = await sql<{ logic: string }>(KEEP, [
    logics.map(({ logic }) => logic),
    logics.map(({ stage }) => stage),
    logics.map(({ version }) => version),
    logics.map(({ definition }) => JSON.stringify(definition)),
  ])
  return kept.map(({ logic }) => logic)
}

/** All that were ever used, until the transaction ends. */
export function lockLogics(sql: Sql): Promise<KeptLogic[]> {
  return sql('SELECT logic, stage, version, definition, state FROM logic ORDER BY logic FOR UPDATE')
}

export async function setStates(sql: Sql, states: ReadonlyMap<string, LogicState>): Promise<void> {
  await sql(
    `UPDATE logic SET state = t.state FROM unnest($1::text[], $2::text[]) AS t (logic, state)
     WHERE logic.logic = t.logic AND logic.state <> t.state`,
    [[...states.keys()], [...states.values()]],
  )
}

const KEEP = `
INSERT INTO logic (logic, stage, version, definition, state)
SELECT logic, stage, version, definition, 'CANDIDATE'
FROM unnest($1::text[], $2::text[], $3::integer[], $4::jsonb[]) AS used (logic, stage, version, definition)
ORDER BY logic
ON CONFLICT (logic) DO NOTHING
RETURNING logic`
