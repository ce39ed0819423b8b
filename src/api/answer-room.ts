import { Room } from '../model/room.ts'

/** An answer that needs no more than this part of the room doesn't wait for it. */
const LITTLE = 0.01

/**
 * Room for the values of answers that are made at the same time, as memory is one for all requests: who asks for many
 * waits until there is room for them. Who asks for few doesn't wait, and isn't counted.
 */
export class AnswerRoom {
  private readonly room: Room
  private readonly few: number

  /** @param size In values. */
  constructor(size: number) {
    this.room = new Room(size)
    this.few = size * LITTLE
  }

  /** As `Room.enter`. */
  async enter(values: number, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    return values <= this.few ? () => {} : this.room.enter(values, signal)
  }

  /** Whether so many needn't wait. */
  isFreeFor(values: number): boolean {
    return values <= this.few || this.room.isFreeFor(values)
  }
}
