/** A ratio may be this much worse than the committed one: figures of shared machines differ by some of it. */
const TOLERATED = 0.15

/**
 * A comparison held against the committed one of the same case, size and rival.
 * @typedef {object} HeldComparison
 * @property {number} [committed] the ratio to keep
 * @property {boolean} [isWorse] by more than is tolerated
 * @property {boolean} [again] what it says was measured after a first time that was out of bounds
 *
 * @typedef {import('./case.mjs').Comparison & { name: string, size: number } & HeldComparison} Held
 */

/**
 * The comparisons of a case, held against the committed ones. Where some are out of bounds the case is measured once again,
 * and for those the second time counts: whatever else the machine did, it did by chance.
 * @param {readonly (import('./case.mjs').Comparison & { name: string, size: number })[]} committed
 * @param {() => Promise<Held[]>} measure
 * @param {(text: string) => void} say
 * @returns {Promise<Held[]>}
 */
export async function heldAgainst(committed, measure, say) {
  const held = (await measure()).map((result) => hold(committed, result))
  const worse = held.filter(({ isWorse }) => isWorse)
  if (worse.length === 0) return held
  say(`  out of bounds, so measured once again: ${worse.map(({ against }) => against).join('; ')}`)
  const second = (await measure()).map((result) => ({ ...hold(committed, result), again: true }))
  return held.map((one) => (one.isWorse ? (second.find(({ against }) => against === one.against) ?? one) : one))
}

function hold(committed, result) {
  const { name, size, against, ratio, bar } = result
  const same = committed.find((one) => one.name === name && one.size === size && one.against === against)
  if (ratio === undefined || same?.ratio === undefined) return { ...result, committed: same?.ratio }
  const isWorse =
    bar.atLeast === undefined ? ratio > same.ratio * (1 + TOLERATED) : ratio < same.ratio * (1 - TOLERATED)
  return { ...result, committed: same.ratio, isWorse }
}

/** What was held, as a table for the terminal. */
export function tableOf(held) {
  const rows = [
    ['case', 'against', 'committed', 'now', 'change', ''],
    ...held.map((one) => [one.name, one.against, figure(one.committed), figure(one.ratio), changeOf(one), saidOf(one)]),
  ]
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function figure(ratio) {
  return ratio === undefined ? '–' : ratio.toFixed(2)
}

function changeOf({ ratio, committed }) {
  if (ratio === undefined || committed === undefined) return '–'
  const percent = Math.round((ratio / committed - 1) * 100)
  return `${percent > 0 ? '+' : ''}${percent} %`
}

function saidOf({ bar, ratio, committed, absent, isWorse, again }) {
  if (absent) return `not measured: ${absent.split('\n')[0]}`
  if (ratio === undefined) return 'not compared: no ratio'
  if (committed === undefined) return 'none committed of this size'
  const better = bar.atLeast === undefined ? 'lower is better' : 'higher is better'
  return `${isWorse ? 'WORSE' : 'holds'}, ${better}${again ? ', measured twice' : ''}`
}
