/** What a process has done since it was started, each counter by what it is of: event types, subscriptions or stages. */
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
  /** Batches of slices that this process computed, by stage; how long they waited for their turn, and how long the stage ran. */
  | 'stageBatches'
  | 'stageQueueMs'
  | 'stageRunMs'

export class Counters {
  private readonly values = new Map<CounterName, Map<string, number>>()

  add(name: CounterName, of: string, by = 1): void {
    const values = this.values.get(name) ?? new Map<string, number>()
    values.set(of, (values.get(of) ?? 0) + by)
    this.values.set(name, values)
  }

  /** Those that were ever added to; whole numbers. */
  read(): Partial<Record<CounterName, Record<string, number>>> {
    const whole = (values: Map<string, number>) => [...values].map(([of, value]) => [of, Math.round(value)] as const)
    return Object.fromEntries([...this.values].map(([name, values]) => [name, Object.fromEntries(whole(values))]))
  }
}
