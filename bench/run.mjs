/** Measures everything, or the cases named: `npm run bench -- [name …] [--size 200000] [--runs 5] [--seconds 4]`. */
import { parseArgs } from 'node:util'
import { cases } from './cases/index.mjs'
import { Caches } from './lib/caches.mjs'
import { reaches } from './lib/case.mjs'
import { startPostgres } from './lib/postgres.mjs'
import { drawResults, lineOf, setting, writeResults } from './lib/report.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: 'string', default: '200000' },
    runs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    /** Prints only: for trying things out. */
    dry: { type: 'boolean', default: false },
  },
})
const size = whole('size', 10_000)
const runs = whole('runs', 1)
const seconds = whole('seconds', 1)
const chosen = cases.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
const unknown = positionals.filter((name) => !cases.some((one) => one.name === name))
if (unknown.length > 0) {
  console.error(`There is no case ${unknown.join(', ')}; there is ${cases.map(({ name }) => name).join(', ')}.`)
  process.exit(2)
}

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
  for (const { name, what, measure } of chosen) {
    const began = performance.now()
    try {
      const comparisons = await measure({ postgres, caches, size, runs, seconds })
      for (const comparison of comparisons) {
        const result = { name, what, size, runs, ...comparison, reached: reaches(comparison) }
        results.push(result)
        console.log(lineOf(result))
      }
    } catch (error) {
      failed = true
      results.push({ name, what, size, runs, against: '–', bar: {}, unit: '', absent: `failed: ${error.message}` })
      console.error(`${name} failed:`, error)
    }
    console.log(`  (${name} took ${Math.round((performance.now() - began) / 1000)} s)`)
  }
  if (!values.dry) {
    const all = await writeResults(where, results, cases)
    await drawResults(all)
  }
} finally {
  await postgres.stop()
}
process.exitCode = failed ? 1 : 0

function whole(name, least) {
  const number = Number(values[name])
  if (Number.isInteger(number) && number >= least) return number
  console.error(`--${name} must be a whole number from ${least} up, not "${values[name]}".`)
  process.exit(2)
}
