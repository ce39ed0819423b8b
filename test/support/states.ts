import type { Truth } from './oracle.ts'

/** The truths after each of the writes, which follow each other; kept as long as a read may show them. */
export class States {
  /** By the number of the write. */
  private readonly truths = new Map<number, Promise<Truth>>()
  private readonly reads = new Set<{ first: number; end: Promise<unknown> }>()
  private ended = 0
  private begun = 0

  constructor(first: Truth) {
    this.truths.set(0, Promise.resolve(first))
  }

  /** Writes; `write` gives the truth after it. */
  async become(write: () => Promise<Truth>): Promise<void> {
    this.begun++
    const truth = write()
    this.truths.set(this.begun, truth)
    await truth
    this.ended = this.begun
    const oldest = Math.min(this.ended, ...[...this.reads].map(({ first }) => first))
    for (const number of this.truths.keys()) if (number < oldest) this.truths.delete(number)
  }

  /** Reads; returns every truth that was one while the read ran. */
  async during<T>(read: () => Promise<T>): Promise<{ result: T; truths: Truth[] }> {
    const first = this.ended
    const reading = read()
    const under = { first, end: reading.catch(() => undefined) }
    this.reads.add(under)
    try {
      const result = await reading
      const numbers = Array.from({ length: this.begun - first + 1 }, (_, i) => first + i)
      const truths = await Promise.all(numbers.map((number) => this.truths.get(number)))
      return { result, truths: truths.filter((truth) => truth !== undefined) }
    } finally {
      this.reads.delete(under)
    }
  }

  /** Resolves when any read ends that is under way. */
  async readEnds(): Promise<void> {
    if (this.reads.size > 0) await Promise.race([...this.reads].map(({ end }) => end))
  }
}
