/** Who reads says how fresh it must be: what is stale is brought up to date, taken as it is, or waited for a while. */

/** How fresh what is read must be. */
export interface HowFresh {
  mode: 'FRESH' | 'CACHED' | 'IF_FAST'
  /** How long it is waited for under `IF_FAST`. */
  withinMs: number
}

/** All that was committed before the read began is in what is read. */
export const FRESH: HowFresh = { mode: 'FRESH', withinMs: 0 }
