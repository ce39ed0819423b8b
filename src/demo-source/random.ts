/** A repeatable stream of choices. */
export interface Random {
  /** A number from `low` up to, but not including, `high`. */
  between(low: number, high: number): number
  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number
  /** True with the given probability. */
  chance(probability: number): boolean
  /** One of the items, each as often as its weight says. */
  weighted<Item>(items: readonly Item[], weightOf: (item: Item) => number): Item
  /** The same items in another order. */
  shuffled<Item>(items: readonly Item[]): Item[]
}

/** The stream of a seed: the same seed gives the same choices, on every machine. */
export function createRandom(seed: number): Random {
  const fraction = mulberry32(seed)
  const between = (low: number, high: number) => low + fraction() * (high - low)
  const integer = (low: number, high: number) => Math.floor(between(low, high + 1))

  return {
    between,
    integer,
    chance: (probability) => fraction() < probability,
    weighted: (items, weightOf) => {
      const sum = items.reduce((total, item) => total + weightOf(item), 0)
      let left = between(0, sum)
      for (const item of items) {
        left -= weightOf(item)
        if (left < 0) return item
      }
      throw new RangeError('weights must have a positive sum')
    },
    shuffled: (items) =>
      items
        .map((item) => ({ item, place: fraction() }))
        .sort((a, b) => a.place - b.place)
        .map(({ item }) => item),
  }
}

/** Numbers in [0, 1) by Tommy Ettinger's Mulberry32, a generator with 32 bits of state. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}
