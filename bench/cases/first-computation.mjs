import { askForTrends } from '../lib/caches.mjs'
import { alternate, timed } from '../lib/measure.mjs'
import { withClient } from '../lib/postgres.mjs'
import { startService } from '../lib/process.mjs'

/** @type {import('../lib/case.mjs').Case} */
export const firstComputation = {
  name: 'first-computation',
  what: 'first computation of everything: time_split, nva_summary, waste_trend',
  async measure({ caches, size, runs }) {
    return caches.with('cold', size, (url) =>
      withClient(url, async (client) => {
        for (const table of TABLES) await client.query(`CREATE TABLE sql_${table} (LIKE ${table} INCLUDING ALL)`)
        const service = await startService(url)
        try {
          const contestants = {
            async ours() {
              await forgetAnnotations(client)
              return timed(() => askForTrends(service.url))
            },
            async sql() {
              await client.query(`TRUNCATE ${TABLES.map((table) => `sql_${table}`).join(', ')}`)
              await client.query('CHECKPOINT')
              return timed(async () => {
                for (const statement of BY_SQL) await client.query(statement)
              })
            },
          }
          const { ours, sql } = await alternate(runs, contestants)
          for (const check of CHECKS) {
            const { rows } = await client.query(check)
            if (rows.length > 0) throw new Error(`The results differ: ${JSON.stringify(rows[0])}`)
          }
          return [
            {
              against: 'the same results by SQL alone',
              bar: { atLeast: size < 1_000_000 ? 0.4 : 0.6 },
              unit: 'activities/s',
              ours: (size * 1000) / ours.median,
              rival: (size * 1000) / sql.median,
              ratio: sql.median / ours.median,
              extra: { oursMs: ours.all, rivalMs: sql.all },
            },
            { against: 'peak RSS while computing', bar: { atMost: 500 }, unit: 'MB', ours: service.peakRss() },
          ]
        } finally {
          await service.stop()
        }
      }),
    )
  },
}

/** As if nothing had ever been computed. */
export async function forgetAnnotations(client) {
  await client.query(`TRUNCATE ${TABLES.join(', ')}`)
  await client.query(`DELETE FROM slice WHERE logic NOT IN ('activities', 'activities_of_month')`)
  await client.query('VACUUM ANALYZE slice')
  await client.query('CHECKPOINT')
}

const TABLES = ['time_split', 'nva_summary', 'waste_trend']

const BY_SQL = [
  `INSERT INTO sql_time_split (logic, user_id, date, activity_id, nva_seconds, va_seconds, total_seconds)
   SELECT 'sql', user_id, date, id,
     CASE type WHEN 'NON_VALUE_ADD' THEN duration_seconds ELSE 0 END,
     CASE type WHEN 'VALUE_ADD' THEN duration_seconds ELSE 0 END, duration_seconds
   FROM activity`,
  `INSERT INTO sql_nva_summary (logic, user_id, date, nva_seconds_sum, va_seconds_sum, total_sum)
   SELECT 'sql', t.user_id, t.date, coalesce(sum(t.nva_seconds) FILTER (WHERE counts), 0),
     coalesce(sum(t.va_seconds) FILTER (WHERE counts), 0), coalesce(sum(t.total_seconds) FILTER (WHERE counts), 0)
   FROM sql_time_split t
   JOIN activity a ON a.id = t.activity_id
   JOIN (SELECT id, lower(code) <> 'pto' AS counts FROM stereotype) s ON s.id = a.stereotype_id
   GROUP BY t.user_id, t.date`,
  `INSERT INTO sql_waste_trend
     (logic, user_id, week_start, waste_ratio, baseline_mean, baseline_std_dev, z_score, flagged)
   SELECT 'sql', user_id, week_start, ratio, mean, deviation, z, coalesce(z >= 2, false)
   FROM (
     SELECT *, CASE WHEN deviation > 0 THEN (ratio - mean) / deviation END AS z
     FROM (
       SELECT user_id, week_start, ratio,
         CASE WHEN count(ratio) OVER before >= 4 THEN avg(ratio) OVER before END AS mean,
         CASE WHEN count(ratio) OVER before >= 4 THEN stddev_samp(ratio) OVER before END AS deviation
       FROM (
         SELECT user_id, date_trunc('week', date::timestamp)::date AS week_start,
           sum(nva_seconds_sum)::double precision / nullif(sum(total_sum), 0) AS ratio
         FROM sql_nva_summary GROUP BY 1, 2
       ) weeks
       WINDOW before AS (
         PARTITION BY user_id ORDER BY week_start RANGE BETWEEN '56 days' PRECEDING AND '7 days' PRECEDING
       )
     ) baselines
   ) scored`,
]

/** Each gives the rows that only one side has. */
const CHECKS = [
  differing('time_split', 'user_id, date, activity_id, nva_seconds, va_seconds, total_seconds'),
  differing('nva_summary', 'user_id, date, nva_seconds_sum, va_seconds_sum, total_sum'),
  // Floats are summed up in another order.
  differing(
    'waste_trend',
    `user_id, week_start, round(waste_ratio::numeric, 9), round(baseline_mean::numeric, 9),
      round(baseline_std_dev::numeric, 9), round(z_score::numeric, 6), flagged`,
  ),
]

function differing(table, columns) {
  const [ours, theirs] = [`SELECT ${columns} FROM ${table}`, `SELECT ${columns} FROM sql_${table}`]
  return `(${ours} EXCEPT ALL ${theirs}) UNION ALL (${theirs} EXCEPT ALL ${ours}) LIMIT 1`
}
