import { Room } from './room.ts'

/** So many pieces of work are under way at once; the others take turns, first come, first served. */
export class Lanes {
  private readonly room: Room

  constructor(count: number) {
    this.room = new Room(count)
  }

  /** Runs `work` once there is a lane for it, as `Room.enter`; what is aborted while it waits is never begun. */
  async run<T>(signal: AbortSignal, work: () => Promise<T>, since?: number): Promise<T> {
    const leave = await this.room.enter(1, signal, since)
    try {
      signal.throwIfAborted()
      return await work()
    } finally {
      leave()
    }
  }
}

/** A lane for each key: pieces of work that have a key in common take turns. */
export class KeyedLanes {
  private readonly lanes = new Map<string, Lanes>()

  /**
   * Runs `work` once it has the lanes of all its keys.
   * @throws What `late` says where that takes longer than `longestWaitMs`, which may be infinite; it is never begun then.
   */
  run<T>(
    keys: readonly string[],
    { longestWaitMs, late }: { longestWaitMs: number; late: () => Error },
    work: () => Promise<T>,
  ): Promise<T> {
    const over = new AbortController()
    const timer =
      longestWaitMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(() => over.abort(late()), longestWaitMs)
    const begin = () => {
      clearTimeout(timer)
      return work()
    }
    // In one order for all, so that nobody waits for who waits for him.
    const ordered = [...new Set(keys)].sort()
    return this.inTurn(ordered, over.signal, begin).finally(() => clearTimeout(timer))
  }

  private inTurn<T>([first, ...rest]: readonly string[], signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (first === undefined) return work()
    const lane = this.lanes.get(first) ?? new Lanes(1)
    this.lanes.set(first, lane)
    return lane.run(signal, () => this.inTurn(rest, signal, work))
  }
}
