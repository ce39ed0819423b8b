/** Numbers in [0, 1), the same for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff
    return state / 0x7fffffff
  }
}

export function int(random: () => number, below: number): number {
  return Math.floor(random() * below)
}

export function pick<T>(random: () => number, from: readonly T[]): T {
  const chosen = from[int(random, from.length)]
  if (chosen === undefined) throw new Error('There is nothing to pick from.')
  return chosen
}
