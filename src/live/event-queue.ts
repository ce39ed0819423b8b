/** How many events may wait for a subscriber: with one more it is too slow. */
export const MOST_WAITING = 100

/** The events that a subscriber hasn't taken yet. */
export class EventQueue<T> implements AsyncIterableIterator<T> {
  private events: T[] = []
  /** Who asks for an event before there is one. */
  private readonly asking: ((result: IteratorResult<T, undefined>) => void)[] = []
  private isOver = false
  private readonly onEnd: () => void

  constructor(onEnd: () => void) {
    this.onEnd = onEnd
  }

  /** Adds an event, or returns false where too many wait. */
  push(event: T): boolean {
    if (this.isOver) return true
    const ask = this.asking.shift()
    if (ask) ask({ value: event, done: false })
    else if (this.events.length < MOST_WAITING) this.events.push(event)
    else return false
    return true
  }

  /** Ends it. What waits is dropped; `last` comes yet where it is given. */
  end(last?: T): void {
    if (this.isOver) return
    this.isOver = true
    this.events = last === undefined ? [] : [last]
    for (const ask of this.asking.splice(0)) ask(OVER)
    this.onEnd()
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    const event = this.events.shift()
    if (event !== undefined) return { value: event, done: false }
    return this.isOver ? OVER : new Promise((resolve) => this.asking.push(resolve))
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.end()
    return OVER
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}

const OVER = { value: undefined, done: true } as const
