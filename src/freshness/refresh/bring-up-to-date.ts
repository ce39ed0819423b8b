/** Each slice goes through the same steps, in one transaction: lock, verify, compute, backdate, store. */
import type { Sql } from '../../cache/database.ts'
import type { Receipt } from '../../model/receipt.ts'
import type { Window } from '../../model/window.ts'
import type { Stage } from '../../stages/stage-graph.ts'
import type { Means } from './annotate.ts'
import { backdate } from './backdate.ts'
import { compute } from './compute.ts'
import { lock } from './lock.ts'
import { store } from './store.ts'
import { verify } from './verify.ts'

/**
 * Brings slices of a stage up to date, in key order, that what they read is ready for.
 * @throws StageOutputError where the stage fails for one of them.
 */
export async function bringUpToDate(sql: Sql, stage: Stage, means: Means, batch: readonly Window[]): Promise<Receipt> {
  const table = means.tableOf(stage)
  const locked = await lock(sql, stage, batch)
  const { verified, outdated } = await verify(sql, stage, locked)
  const computed = await compute(sql, stage, means, outdated)
  const backdated = await backdate(sql, stage, table, computed)
  await store(sql, stage, table, verified, backdated)
  const unchanged = backdated.filter(({ isDifferent }) => !isDifferent).length
  return { checked: 0, recomputed: computed.length, unchanged, verified: verified.length }
}
