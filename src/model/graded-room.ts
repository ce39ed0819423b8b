import { FairRoom } from './fair-room.ts'

/** Parts of the whole: who needs no more than the first isn't counted, who needs no more than the second needs little. */
const NEXT_TO_NOTHING = 0.01
export const LITTLE = 0.05
/** What there is, beside the whole, for all who need little. */
const ROOM_FOR_LITTLE = 0.25

export const NOTHING_TO_LEAVE = (): void => {}

/**
 * Room for what requests of very different size hold at the same time, as memory is one for all of them. Who needs much
 * waits for the others who do, who needs little doesn't wait behind them, and who needs next to nothing doesn't wait. Those
 * who wait for the same take turns by whose they are.
 */
export class GradedRoom {
  private readonly size: number
  private readonly large: FairRoom
  private readonly small: FairRoom

  constructor(size: number) {
    this.size = size
    this.large = new FairRoom(size)
    this.small = new FairRoom(size * ROOM_FOR_LITTLE)
  }

  /** As `FairRoom.enter`; who isn't counted has nothing to leave. */
  async enter(need: number, signal: AbortSignal, caller: string): Promise<() => void> {
    signal.throwIfAborted()
    return this.roomFor(need)?.enter(need, signal, caller) ?? NOTHING_TO_LEAVE
  }

  /** Whether who needs so much wouldn't wait. */
  isFreeFor(need: number): boolean {
    return this.roomFor(need)?.isFreeFor(need) ?? true
  }

  private roomFor(need: number): FairRoom | undefined {
    if (need <= this.size * NEXT_TO_NOTHING) return undefined
    return need <= this.size * LITTLE ? this.small : this.large
  }
}
