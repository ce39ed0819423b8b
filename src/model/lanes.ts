import { Room } from './room.ts'

/** So many pieces of work are under way at once; the others take turns, first come, first served. */
export class Lanes {
  private readonly room: Room

  constructor(count: number) {
    this.room = new Room(count)
  }

  /** Runs `work` once there is a lane for it, as `Room.enter`; what is aborted while it waits is never begun. */
  async run<T>(signal: AbortSignal, work: () => Promise<T>, since?: number): Promise<T> {
    const leave = await this.room.enter(1, signal, since)
    try {
      signal.throwIfAborted()
      return await work()
    } finally {
      leave()
    }
  }
}
