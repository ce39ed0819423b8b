import { addRemoved } from '../cache/ingest-batches.ts'
import { idleFor } from '../cache/session.ts'
import { lockSources } from '../cache/source-lock.ts'
import { addKeys, beginSweep, findGone, removeGone, saveSwept } from '../cache/sweeps.ts'
import { type Warning, WarningCode } from '../model/warning.ts'
import { announceDeleted, type PullingAcl } from './acl.ts'
import type { SourceSnapshot } from './drivers/source-snapshot.ts'
import { textFault } from './field-checks.ts'
import { normalKey } from './normal-key.ts'
import type { Source } from './sources.ts'

const KEYS_AT_ONCE = 10_000

/** More than this share of what was pulled is not removed unless told so: rather is the source not what it was. */
const MOST_GONE = 0.5

const REASON = 'Its source no longer has it.'

/**
 * Removes what was pulled of a source and is no longer there, by the keys of one snapshot; what was sent in stays. All or
 * nothing, in one transaction, which holds the source's lock only while it removes.
 */
export async function sweep(
  acl: PullingAcl,
  { name, adapter }: Source,
  snapshot: SourceSnapshot,
  { batchId, removeMost, signal }: { batchId: string; removeMost: boolean; signal: AbortSignal },
): Promise<Warning[]> {
  return acl.database.transaction(async (sql) => {
    await sql(idleFor(snapshot.longestAnswerMs))
    await beginSweep(sql)
    let unreadable = 0
    for await (const keys of snapshot.keys(KEYS_AT_ONCE)) {
      signal.throwIfAborted()
      // What can't be a key can't be compared either.
      const usable = keys.map((key) => normalKey(key, adapter)).filter((key) => textFault(key) === undefined)
      unreadable += keys.length - usable.length
      await addKeys(sql, usable)
    }
    if (unreadable > 0) return [unreadableWarning(name, unreadable)]
    await lockSources(sql, [name])
    const { pulled, gone } = await findGone(sql, name)
    if (gone > pulled * MOST_GONE && !removeMost) return [refusal(name, pulled, gone)]
    const removed = await removeGone(sql, name, batchId, REASON)
    await saveSwept(sql, name)
    if (removed.count > 0) await addRemoved(sql, batchId, removed.count)
    await announceDeleted(sql, acl, name, batchId, removed)
    return []
  })
}

/** Nobody knows which activities those are. */
function unreadableWarning(source: string, count: number): Warning {
  const message =
    `${count === 1 ? '1 row' : `${count.toLocaleString('en')} rows`} of source "${source}" can't be told by a key, so nobody knows what it no longer has: ` +
    'nothing was removed. Mend them, and pull again with full: true.'
  return { code: WarningCode.KEYS_UNREADABLE, message }
}

function refusal(source: string, pulled: number, gone: number): Warning {
  const [of, how] = [pulled.toLocaleString('en'), gone.toLocaleString('en')]
  const message =
    `Source "${source}" no longer has ${how} of the ${of} activities that were pulled of it. That is more than half, so none was removed: ` +
    `syncSource(name: "${source}", full: true, removeMost: true) removes them.`
  return { code: WarningCode.MOST_GONE, message }
}
