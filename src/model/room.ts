/** Room for so much at the same time, whatever it is; who finds none waits, first come, first served. */
export class Room {
  private readonly size: number
  private readonly waiting = new Set<{ need: number; enter: () => void }>()
  private taken = 0

  constructor(size: number) {
    this.size = size
  }

  /**
   * Resolves once there is room for so much, with what gives it back.
   * @throws The signal's reason once it aborts while this waits, or where it was aborted before.
   */
  async enter(need: number, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    if (this.isFreeFor(need)) this.taken += need
    else await this.turn(need, signal)
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

  private turn(need: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.waiting.delete(place)
        reject(signal.reason)
        this.admit()
      }
      const enter = () => {
        this.waiting.delete(place)
        signal.removeEventListener('abort', leave)
        this.taken += need
        resolve()
      }
      const place = { need, enter }
      this.waiting.add(place)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  private giveBack(need: number): void {
    this.taken -= need
    this.admit()
  }

  private admit(): void {
    for (const { need, enter } of this.waiting) {
      if (!this.has(need)) return
      enter()
    }
  }
}
