/**
 * Runs the contestants in turn, A B C A B C …, so that what else the machine does meets all of them alike.
 * @template {string} Name
 * @param {number} runs
 * @param {Record<Name, (run: number) => Promise<number>>} contestants each returns its figure of one run
 * @returns {Promise<Record<Name, { median: number, all: number[] }>>}
 */
export async function alternate(runs, contestants) {
  const figures = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]))
  for (let run = 0; run < runs; run++) {
    for (const [name, contestant] of Object.entries(contestants)) figures[name].push(await contestant(run))
  }
  return Object.fromEntries(Object.entries(figures).map(([name, all]) => [name, { median: median(all), all }]))
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * @param {() => Promise<unknown>} work
 * @returns {Promise<number>} milliseconds
 */
export async function timed(work) {
  const began = performance.now()
  await work()
  return performance.now() - began
}
