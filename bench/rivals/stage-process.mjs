/** The stage nva_summary and the same in polars, in turn, on equal tables. Writes their times in ms. */
import { createRequire } from 'node:module'
import polars from 'nodejs-polars'
import { nvaSummary } from '../../dist/src/stages/nva-summary.js'
import { activityOf, stereotypes, usersOf } from '../lib/data.mjs'

// The product's own Arquero.
const { table } = await import(createRequire(new URL('../../package.json', import.meta.url)).resolve('arquero'))

const [size, runs] = process.argv.slice(2).map(Number)
const columns = columnsOf(size)

const frozen = (names) => table(Object.fromEntries(names.map((name) => [name, Object.freeze(columns[name])])))
const tables = {
  time_split: frozen(['user_id', 'date', 'activity_id', 'nva_seconds', 'va_seconds', 'total_seconds']),
  activities: frozen(['activity_id', 'user_id', 'date', 'duration_seconds', 'type', 'stereotype_code']),
}

const series = (name) =>
  typeof columns[name][0] === 'number'
    ? polars.Series(name, columns[name], polars.Int32)
    : polars.Series(name, columns[name], polars.Utf8)
const timeSplit = polars.DataFrame(
  ['user_id', 'date', 'activity_id', 'nva_seconds', 'va_seconds', 'total_seconds'].map(series),
)
const activities = polars.DataFrame(
  ['activity_id', 'user_id', 'date', 'duration_seconds', 'type', 'stereotype_code'].map(series),
)

function ours() {
  return nvaSummary.annotate(tables)
}

function rival() {
  const counted = (name) =>
    polars
      .when(polars.col('stereotype_code').str.toLowerCase().neq(polars.lit('pto')))
      .then(polars.col(name))
      .otherwise(polars.lit(0))
  return timeSplit
    .join(activities.select('activity_id', 'stereotype_code'), { on: 'activity_id', how: 'left' })
    .groupBy('user_id', 'date')
    .agg(
      counted('nva_seconds').sum().alias('nva_seconds_sum'),
      counted('va_seconds').sum().alias('va_seconds_sum'),
      counted('total_seconds').sum().alias('total_sum'),
    )
}

const texts = (rows) =>
  rows
    .map((row) => [row.user_id, row.date, row.nva_seconds_sum, row.va_seconds_sum, row.total_sum].map(String).join(' '))
    .sort()
    .join('\n')
if (texts(ours().objects({ limit: Infinity })) !== texts(rival().toRecords())) throw new Error('The results differ.')

const times = { ours: [], rival: [] }
for (let run = 0; run < runs; run++) {
  for (const [name, work] of Object.entries({ ours, rival })) {
    const began = performance.now()
    work()
    times[name].push(performance.now() - began)
  }
}
process.stdout.write(JSON.stringify(times))

/** As the service reads them: ordered by user and date, and out of JSON. */
function columnsOf(size) {
  const users = usersOf(size)
  const rows = Array.from({ length: size }, (_, i) => activityOf(i, size))
  rows.sort((a, b) => a.user - b.user || (a.date < b.date ? -1 : a.date > b.date ? 1 : 0))
  const nva = (a) => (a.type === 'NON_VALUE_ADD' ? a.durationSeconds : 0)
  const columns = {
    activity_id: rows.map((a) => a.id),
    user_id: rows.map((a) => users[a.user].id),
    date: rows.map((a) => a.date),
    duration_seconds: rows.map((a) => a.durationSeconds),
    type: rows.map((a) => a.type),
    stereotype_code: rows.map((a) => stereotypes[a.stereotype].code),
    nva_seconds: rows.map(nva),
    va_seconds: rows.map((a) => a.durationSeconds - nva(a)),
    total_seconds: rows.map((a) => a.durationSeconds),
  }
  return JSON.parse(JSON.stringify(columns))
}
