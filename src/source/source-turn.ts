/** Pulls of one source take turns, in whichever process. */
import type { AloneOptions, AloneWork } from '../cache/alone.ts'
import { pullStates } from '../cache/pulls.ts'
import { turnOf } from '../cache/source-lock.ts'
import { BusyError, SourceBusyError } from '../model/errors.ts'
import type { Acl } from './acl.ts'

const LONGEST_WAIT_MS = 30_000

/**
 * Runs what must be alone with a source: pulls, and what removes it. Waits at most half a minute for its turn, unless told.
 * @throws SourceBusyError that names the source, and since when it is pulled.
 */
export async function inTurn<T>(
  { database }: Acl,
  source: string,
  work: AloneWork<T>,
  { longestWaitMs = LONGEST_WAIT_MS }: AloneOptions = {},
): Promise<T> {
  let isItsTurn = false
  const turn = database.alone(
    turnOf(source),
    (signal) => {
      isItsTurn = true
      return work(signal)
    },
    { longestWaitMs },
  )
  return turn.catch(async (error: unknown) => {
    if (isItsTurn || !(error instanceof BusyError)) throw error
    const [state] = await pullStates(database.sql, [source])
    const since = state?.pulling ? (state.lastPull?.toISOString() ?? null) : null
    throw new SourceBusyError(
      `Source "${source}" is ${since ? `being pulled, since ${since}` : 'being pulled or removed'}: ` +
        `it was waited for ${longestWaitMs / 1_000} s. Ask again once that is over: { sources { name pulling } } tells.`,
      { source, since },
      error,
    )
  })
}
