/** An answer that needs no more than this part of the room doesn't wait for it. */
const LITTLE = 0.01

/**
 * Room for the values of answers that are made at the same time, as memory is one for all requests: who asks for many
 * waits, first come, first served, until there is room for them. Who asks for few doesn't wait, and isn't counted.
 */
export class AnswerRoom {
  private readonly waiting = new Set<{ values: number; enter: () => void }>()
  private readonly size: number
  private taken = 0

  /** @param size In values. */
  constructor(size: number) {
    this.size = size
  }

  /**
   * Resolves once there is room for so many values, with what gives it back.
   * @throws The signal's reason once it aborts while this waits.
   */
  async enter(values: number, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    if (this.isLittle(values)) return () => {}
    if (this.isFreeFor(values)) this.taken += values
    else await this.turn(values, signal)
    let isIn = true
    return () => {
      if (isIn) this.giveBack(values)
      isIn = false
    }
  }

  /** Whether so many needn't wait. */
  isFreeFor(values: number): boolean {
    return this.isLittle(values) || (this.waiting.size === 0 && this.hasRoom(values))
  }

  private isLittle(values: number): boolean {
    return values <= this.size * LITTLE
  }

  /** What is larger than all of the room has it alone. */
  private hasRoom(values: number): boolean {
    return this.taken === 0 || this.taken + values <= this.size
  }

  private turn(values: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.waiting.delete(place)
        reject(signal.reason)
        this.admit()
      }
      const enter = () => {
        this.waiting.delete(place)
        signal.removeEventListener('abort', leave)
        this.taken += values
        resolve()
      }
      const place = { values, enter }
      this.waiting.add(place)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  private giveBack(values: number): void {
    this.taken -= values
    this.admit()
  }

  private admit(): void {
    for (const { values, enter } of this.waiting) {
      if (!this.hasRoom(values)) return
      enter()
    }
  }
}
