/** Room for so much at the same time, whatever it is; who finds none waits, and who came first is served first. */
export class Room {
  private readonly size: number
  /** In the order in which they came. */
  private readonly waiting: Place[] = []
  private taken = 0

  constructor(size: number) {
    this.size = size
  }

  /**
   * Resolves once there is room for so much, with what gives it back. Who was in before, and comes again, came `since`.
   * @throws The signal's reason once it aborts while this waits, or where it was aborted before.
   */
  async enter(need: number, signal: AbortSignal, since = performance.now()): Promise<() => void> {
    signal.throwIfAborted()
    if (this.isFreeFor(need)) this.taken += need
    else await this.turn(need, signal, since)
    let isIn = true
    return () => {
      if (isIn) this.giveBack(need)
      isIn = false
    }
  }

  /** Whether who needs so much wouldn't wait. */
  isFreeFor(need: number): boolean {
    return this.waiting.length === 0 && this.has(need)
  }

  /** What is larger than all of the room has it alone. */
  private has(need: number): boolean {
    return this.taken === 0 || this.taken + need <= this.size
  }

  private turn(need: number, signal: AbortSignal, since: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.remove(place)
        reject(signal.reason)
        this.admit()
      }
      const enter = () => {
        this.remove(place)
        signal.removeEventListener('abort', leave)
        this.taken += need
        resolve()
      }
      const place = { need, since, enter }
      this.waiting.splice(this.waiting.findLastIndex((before) => before.since <= since) + 1, 0, place)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  private giveBack(need: number): void {
    this.taken -= need
    this.admit()
  }

  private remove(place: Place): void {
    this.waiting.splice(this.waiting.indexOf(place), 1)
  }

  private admit(): void {
    for (let [next] = this.waiting; next && this.has(next.need); [next] = this.waiting) next.enter()
  }
}

interface Place {
  need: number
  since: number
  enter: () => void
}
