/**
 * Measures everything, or the cases named: `npm run bench -- [name …] [--size 200000] [--runs 5] [--seconds 4]`.
 *
 * `--dry` prints only. `--guard` writes nothing either: it holds each ratio against the one that is committed of the same
 * case, size and rival, and ends with 1 where one is more than 15 % worse.
 */
import { cases } from './cases/index.mjs'
import { ArgumentError, argumentsOf } from './lib/arguments.mjs'
import { Caches } from './lib/caches.mjs'
import { reaches } from './lib/case.mjs'
import { heldAgainst, tableOf } from './lib/guard.mjs'
import { startPostgres } from './lib/postgres.mjs'
import { drawResults, lineOf, readResults, setting, writeResults } from './lib/report.mjs'

const { chosen, size, runs, seconds, dry, guard } = asked()
const committed = guard ? (await readResults()).results : []

const postgres = await startPostgres()
const caches = new Caches(postgres)
const results = []
let failed = false
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => postgres.stop().finally(() => process.exit(130)))
}
try {
  const where = await setting(postgres)
  console.log(
    `${size.toLocaleString('en')} activities, medians of ${runs}; ${where.machine.cpu}, ${where.commit.slice(0, 9)}\n`,
  )
  for (const one of chosen) {
    const began = performance.now()
    const measure = () => comparisonsOf(one)
    try {
      results.push(...(await (guard ? heldAgainst(committed, measure, console.log) : measure())))
    } catch (error) {
      failed = true
      const { name, what } = one
      results.push({ name, what, size, runs, against: '–', bar: {}, unit: '', absent: `failed: ${error.message}` })
      console.error(`${name} failed:`, error)
    }
    console.log(`  (${one.name} took ${Math.round((performance.now() - began) / 1000)} s)`)
  }
  if (guard) {
    failed ||= results.some(({ isWorse }) => isWorse)
    console.log(`\n${tableOf(results)}`)
  } else if (!dry) {
    const all = await writeResults(where, results, cases)
    await drawResults(all)
  }
} finally {
  await postgres.stop()
}
process.exitCode = failed ? 1 : 0

function asked() {
  try {
    return argumentsOf(process.argv.slice(2), cases)
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error
    console.error(error.message)
    process.exit(2)
  }
}

async function comparisonsOf({ name, what, measure }) {
  const comparisons = await measure({ postgres, caches, size, runs, seconds })
  return comparisons.map((comparison) => {
    const result = { name, what, size, runs, ...comparison, reached: reaches(comparison) }
    console.log(lineOf(result))
    return result
  })
}
