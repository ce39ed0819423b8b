import { BusyError } from './errors.ts'

/** Of one caller so many wait at most; whoever else comes is told to come again. */
export const MOST_WAITING = 100

/** As long as is waited for a lock or a connection. */
const LONGEST_WAIT_MS = 20_000

/** When it is worth coming again. */
const RETRY_SECONDS = 5

/**
 * Room for so much at the same time, whatever it is. Who finds none waits, and callers take turns: of one who wants much
 * at once no more comes in before another's than one.
 */
export class FairRoom {
  private readonly size: number
  private readonly longestWaitMs: number
  /** By caller, in the order in which it is their turn; of each in the order in which they came. */
  private readonly waiting = new Map<string, Place[]>()
  private taken = 0

  constructor(size: number, { longestWaitMs = LONGEST_WAIT_MS }: { longestWaitMs?: number } = {}) {
    this.size = size
    this.longestWaitMs = longestWaitMs
  }

  /**
   * Resolves once there is room for so much, with what gives it back.
   * @param caller Tells callers apart.
   * @throws BusyError where too many of the caller wait, or this waits for too long; the signal's reason once it aborts.
   */
  async enter(need: number, signal: AbortSignal, caller: string): Promise<() => void> {
    signal.throwIfAborted()
    if (this.isFreeFor(need)) this.taken += need
    else await this.turn(need, signal, caller)
    let isIn = true
    return () => {
      if (isIn) this.giveBack(need)
      isIn = false
    }
  }

  /** Whether who needs so much wouldn't wait. */
  isFreeFor(need: number): boolean {
    return this.waiting.size === 0 && this.has(need)
  }

  /** What is larger than all of the room has it alone. */
  private has(need: number): boolean {
    return this.taken === 0 || this.taken + need <= this.size
  }

  private turn(need: number, signal: AbortSignal, caller: string): Promise<void> {
    const own = this.waiting.get(caller) ?? []
    if (own.length >= MOST_WAITING) {
      throw busy(`You have ${MOST_WAITING} large requests waiting here already: wait for their answers, and ask again.`)
    }
    return new Promise((resolve, reject) => {
      const leave = (reason: unknown) => {
        this.remove(caller, place)
        settle()
        reject(reason)
        this.admit()
      }
      const abort = () => leave(signal.reason)
      const late = setTimeout(() => {
        leave(busy(`There was no room for so large a request within ${this.longestWaitMs / 1_000} s; ask again.`))
      }, this.longestWaitMs)
      const settle = () => {
        clearTimeout(late)
        signal.removeEventListener('abort', abort)
      }
      const enter = () => {
        this.remove(caller, place)
        settle()
        this.taken += need
        resolve()
      }
      const place = { need, enter }
      this.waiting.set(caller, own)
      own.push(place)
      signal.addEventListener('abort', abort, { once: true })
    })
  }

  private giveBack(need: number): void {
    this.taken -= need
    this.admit()
  }

  private remove(caller: string, place: Place): void {
    const own = this.waiting.get(caller) ?? []
    own.splice(own.indexOf(place), 1)
    if (own.length === 0) this.waiting.delete(caller)
  }

  private admit(): void {
    for (let next = this.next(); next && this.has(next.place.need); next = this.next()) {
      next.place.enter()
      this.passTurn(next.caller)
    }
  }

  private next(): { caller: string; place: Place } | undefined {
    const [turn] = this.waiting
    const [caller = '', [place] = []] = turn ?? []
    return place && { caller, place }
  }

  /** Whoever came in is the last of those who wait. */
  private passTurn(caller: string): void {
    const own = this.waiting.get(caller)
    if (!own) return
    this.waiting.delete(caller)
    this.waiting.set(caller, own)
  }
}

interface Place {
  need: number
  enter: () => void
}

function busy(message: string): BusyError {
  return new BusyError(message, { retryAfterSeconds: RETRY_SECONDS })
}
