/** Whether what is known of sources is new, in a word for each. */
import type { PullState } from '../cache/pulls.ts'

/** `waiting`: it was never pulled yet; `stale`: it wasn't pulled for long, though nobody says that it failed. */
export type SourceState = 'ok' | 'waiting' | 'failing' | 'stale'

/** A source is stale after so many pulls that didn't come, and not before so many seconds. */
const MOST_MISSED = 3
const SOONEST_SECONDS = 900

type Pulls = Pick<PullState, 'error' | 'successSecondsAgo'>

export function sourceState(pulls: Pulls, everySeconds: number): SourceState {
  if (hasFailed(pulls)) return 'failing'
  if (pulls.successSecondsAgo === null) return 'waiting'
  const longest = Math.max(SOONEST_SECONDS, MOST_MISSED * everySeconds)
  return everySeconds > 0 && pulls.successSecondsAgo > longest ? 'stale' : 'ok'
}

/** Who breaks a pull off doesn't say that the source fails. */
export function hasFailed({ error }: Pulls): boolean {
  return error !== null && !error.startsWith('Broken off')
}
