/** What was begun and hasn't ended. */
export class UnderWay {
  private readonly works = new Set<Promise<unknown>>()

  track<T>(work: Promise<T>): Promise<T> {
    this.works.add(work)
    const done = () => this.works.delete(work)
    work.then(done, done)
    return work
  }

  /** Resolves once nothing is, however it ended; what is begun meanwhile is waited for, too. */
  async ended(): Promise<void> {
    while (this.works.size > 0) await Promise.allSettled(this.works)
  }
}
