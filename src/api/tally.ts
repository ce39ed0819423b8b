import { LRUCache } from 'lru-cache'
import { RateLimiterMemory } from 'rate-limiter-flexible'

/** So many keys are counted at once; of more, those that were seen last. */
const MOST_KEYS = 10_000

/** Longer than this nobody is counted, whatever it comes to. */
const LONGEST_SECONDS = 3_600

/** Counts points by key for so many seconds from the first of them on, in this process, in bounded memory. */
export class Tally {
  readonly seconds: number
  private readonly points: RateLimiterMemory
  private readonly keys = new LRUCache<string, true>({
    max: MOST_KEYS,
    dispose: (_, key) => void this.points.delete(key),
  })

  constructor(seconds: number) {
    this.seconds = seconds
    this.points = new RateLimiterMemory({ points: 0, duration: seconds })
  }

  /** Adds points to a key. Returns how many there were before, and in how many seconds all of them are forgotten. */
  async add(key: string, points: number): Promise<{ before: number; secondsLeft: number }> {
    this.keys.set(key, true)
    const { consumedPoints, msBeforeNext } = await this.points.penalty(key, points)
    return { before: consumedPoints - points, secondsLeft: Math.ceil(msBeforeNext / 1_000) }
  }

  /** Has a key's points forgotten in so many seconds, in place of those that were left. */
  async prolong(key: string, points: number, seconds: number): Promise<void> {
    await this.points.set(key, points, Math.min(Math.ceil(seconds), LONGEST_SECONDS))
  }
}
