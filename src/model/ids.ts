import { randomBytes } from 'node:crypto'
import { v7 } from 'uuid'

const ID_BYTES = 16

/** So many UUIDv7s, in order, off one draw of random bytes: drawing for each costs more than all the rest of an id. */
export function newIds(count: number): string[] {
  const random = randomBytes(ID_BYTES * (count + 1))
  const msecs = Date.now()
  // Half of the counter's range is left to count up in.
  const first = random.readUInt32BE(ID_BYTES * count) >>> 1
  return Array.from({ length: count }, (_, i) =>
    v7({ msecs, seq: first + i, random: random.subarray(ID_BYTES * i, ID_BYTES * (i + 1)) }),
  )
}
