/** So many pieces of work are under way at once; the others take turns, first come, first served. */
export class Lanes {
  private free: number
  private readonly waiting = new Set<() => void>()

  constructor(count: number) {
    this.free = count
  }

  /** Runs `work` once there is a lane for it; what is aborted while it waits is never begun. */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted()
    if (this.free > 0) this.free--
    else await this.turn(signal)
    try {
      signal.throwIfAborted()
      return await work()
    } finally {
      this.pass()
    }
  }

  private turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        this.waiting.delete(begin)
        signal.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        this.waiting.delete(begin)
        reject(signal.reason)
      }
      this.waiting.add(begin)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  /** The lane goes to the next, or is free. */
  private pass(): void {
    const [next] = this.waiting
    if (next) next()
    else this.free++
  }
}
