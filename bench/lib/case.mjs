/**
 * One row of the table, or several that are measured together.
 * @typedef {object} Case
 * @property {string} name what `npm run bench -- <name>` takes
 * @property {string} what is measured
 * @property {(bench: Bench) => Promise<Comparison[]>} measure
 *
 * @typedef {object} Bench
 * @property {import('./postgres.mjs').Postgres} postgres
 * @property {import('./caches.mjs').Caches} caches
 * @property {number} size how many activities
 * @property {number} runs how many runs of each contestant
 * @property {number} seconds how long one load of HTTP requests lasts
 *
 * @typedef {object} Comparison
 * @property {string} against
 * @property {{ atLeast?: number, atMost?: number }} bar of the ratio, or of `ours` where there is no rival; at this size
 * @property {string} unit
 * @property {number} [ours] the median
 * @property {number} [rival] the median
 * @property {number} [ratio] ours to rival
 * @property {string} [absent] why the rival could not run
 * @property {string} [note]
 * @property {string} [node] the version that all compared ran on, where it may not be that of the bench
 * @property {object} [extra] every figure
 */

/**
 * Whether a comparison reaches its bar; undefined where there is nothing to compare.
 * @param {Comparison} comparison
 */
export function reaches({ bar: { atLeast = -Infinity, atMost = Infinity }, ratio, ours, absent }) {
  if (absent) return undefined
  const figure = ratio ?? ours ?? Number.NaN
  return figure >= atLeast && figure <= atMost
}
