/** Equal reads at the same time are one, and none is older than the question. */
import { addReceipt, emptyReceipt, type Receipt } from '../model/receipt.ts'
import { untilAborted } from '../model/until-aborted.ts'

/** Reads, adds to the receipt what that took, and stops once the signal aborts. */
type Read<T> = (receipt: Receipt, signal: AbortSignal) => Promise<T>

/**
 * Equal reads of one process, done once for all who ask at the same time. What one is told reflects all that was
 * committed before it asked: so who comes while a read is under way waits for the next, which is one for all who do.
 */
export class JoinedReads {
  private readonly latest = new Map<string, JoinedRead<unknown>>()

  /**
   * What `read` gives, the same object for all who joined it: nobody changes it. What it took is added to the receipt of
   * one of them; the others learn what was checked.
   * @param key Says what is read: reads of equal keys give the same.
   * @throws What `read` throws; and the signal's reason once it aborts. The read goes on for as long as anybody waits
   * for it, or for the one after it.
   */
  async read<T>(key: string, receipt: Receipt, read: Read<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted()
    const latest = this.latest.get(key) as JoinedRead<T> | undefined
    const joined = latest?.isOpen ? latest : this.follow(key, latest, read)
    joined.join()
    try {
      return await untilAborted(joined.value, signal)
    } finally {
      joined.leave()
      if (!signal?.aborted) addReceipt(receipt, joined.takeReceipt())
    }
  }

  private follow<T>(key: string, latest: JoinedRead<T> | undefined, read: Read<T>): JoinedRead<T> {
    const joined = new JoinedRead(read, latest)
    this.latest.set(key, joined)
    const forget = () => {
      if (this.latest.get(key) === joined) this.latest.delete(key)
    }
    joined.value.then(forget, forget)
    return joined
  }
}

class JoinedRead<T> {
  readonly value: Promise<T>
  private hasBegun = false
  private isOver = false
  private waiting = 0
  private readonly abandoned = new AbortController()
  private done = emptyReceipt()

  constructor(read: Read<T>, before: JoinedRead<T> | undefined) {
    this.value = this.run(read, before)
  }

  /** Whether who asks now may join it. */
  get isOpen(): boolean {
    return !this.hasBegun && !this.abandoned.signal.aborted
  }

  join(): void {
    this.waiting++
  }

  leave(): void {
    this.waiting--
    // What is over may still let go of what it held, in order.
    if (this.waiting === 0 && !this.isOver) this.abandoned.abort(new Error('Nobody waits for it.'))
  }

  /** What was done, told once; then only what was checked for it. */
  takeReceipt(): Receipt {
    const { done } = this
    this.done = { ...emptyReceipt(), checked: done.checked }
    return done
  }

  private async run(read: Read<T>, before: JoinedRead<T> | undefined): Promise<T> {
    // Without one before, too: all who ask at this moment are in.
    await (before && this.waitFor(before))
    this.hasBegun = true
    const { signal } = this.abandoned
    signal.throwIfAborted()
    return read(this.done, signal).finally(() => {
      this.isOver = true
    })
  }

  /** Waits for the one before, which goes on for this. Then nothing of it is held: where somebody always asks, each follows another. */
  private async waitFor(before: JoinedRead<T>): Promise<void> {
    const { signal } = this.abandoned
    const leave = () => before.leave()
    before.join()
    signal.addEventListener('abort', leave)
    await before.value.catch(() => undefined)
    signal.removeEventListener('abort', leave)
  }
}
