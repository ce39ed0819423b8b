/** What a process has done since it was started, each counter by what it is of: event types, subscriptions, stages or several words. */
export type CounterName =
  /** Facts that were handed over, by type. */
  | 'eventsPublished'
  /** Facts that handlers were given and done with, failed at, were given again, and failed at for the last time; by subscription. */
  | 'eventsDelivered'
  | 'eventsFailed'
  | 'eventsRedelivered'
  | 'eventsDead'
  /** Requests for slices, by stage, of whichever process answers them. */
  | 'stageRequests'
  /** Batches of slices that this process computed, by stage. */
  | 'stageBatches'
  /** What became of slices that this process looked at or computed, by stage; as in a receipt. */
  | 'slicesChecked'
  | 'slicesRecomputed'
  | 'slicesUnchanged'
  | 'slicesVerified'
  /** What became of rows that came, by source and outcome, and of pulls, likewise. */
  | 'ingestRows'
  | 'pulls'
  /** Requests over HTTP, by route, method and status. */
  | 'httpRequests'
  /** Operations by their type, and errors that clients were shown by their code. */
  | 'graphqlOperations'
  | 'graphqlErrors'
  | TimeName

/** What took how long, in milliseconds. */
export type TimeName =
  /** How long batches waited for their turn, and how long stages ran, by stage. */
  | 'stageQueueMs'
  | 'stageRunMs'
  /** From a request's first byte to its answer's last, by route. */
  | 'httpMs'

/** Told of each time as it is counted. */
export type OnTime = (name: TimeName, of: string, ms: number) => void

/** Whoever is counted by a word of a client's would be many: what comes when so many are counted is of `OTHER`. */
const MOST_COUNTED = 1_000
export const OTHER = 'other'

export class Counters {
  private readonly values = new Map<CounterName, Map<string, number>>()
  private onTime: OnTime | undefined

  /** Returns by what it was counted. @param of Several words with blanks between them, where it is counted by several. */
  add(name: CounterName, of: string, by = 1): string {
    const values = this.values.get(name) ?? new Map<string, number>()
    const key = values.has(of) || values.size < MOST_COUNTED ? of : OTHER
    values.set(key, (values.get(key) ?? 0) + by)
    this.values.set(name, values)
    return key
  }

  /** The same for a time; one who listens is told of it, too. */
  time(name: TimeName, of: string, ms: number): void {
    const key = this.add(name, of, ms)
    this.onTime?.(name, key, ms)
  }

  /** Whoever wants more than sums of times. */
  listen(onTime: OnTime): void {
    this.onTime = onTime
  }

  /** Those that were ever added to; whole numbers. */
  read(): Partial<Record<CounterName, Record<string, number>>> {
    const whole = (values: Map<string, number>) => [...values].map(([of, value]) => [of, Math.round(value)] as const)
    return Object.fromEntries([...this.values].map(([name, values]) => [name, Object.fromEntries(whole(values))]))
  }
}
