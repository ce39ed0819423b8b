import { activitiesOf, random, sourceRowOf } from '../lib/data.mjs'
import { post } from '../lib/http.mjs'
import { alternate, timed } from '../lib/measure.mjs'
import { withClient } from '../lib/postgres.mjs'
import { startService } from '../lib/process.mjs'
import { BATCH, columnsOf, equalTable, INGEST } from './ingest.mjs'

const BATCHES_A_RUN = 4

/** @type {import('../lib/case.mjs').Case} */
export const reingest = {
  name: 'reingest',
  what: `re-ingest of unchanged rows, batches of ${BATCH.toLocaleString('en')}`,
  async measure({ caches, size, runs }) {
    return caches.with('cold', size, async (url) =>
      withClient(url, async (client) => {
        await equalTable(client, 'limit_activity')
        const service = await startService(url)
        try {
          const batchesOf = (run) =>
            Array.from({ length: BATCHES_A_RUN }, (_, i) =>
              activitiesOf(Math.floor(random(run * BATCHES_A_RUN + i, 8) * (size - BATCH)), BATCH, size),
            )
          const rate = async (work) => {
            await client.query('CHECKPOINT')
            return (BATCHES_A_RUN * BATCH * 1000) / (await timed(work))
          }
          const contestants = {
            async ours(run) {
              const bodies = batchesOf(run).map((batch) =>
                JSON.stringify({ query: INGEST, variables: { rows: batch.map(sourceRowOf) } }),
              )
              return rate(async () => {
                for (const body of bodies) {
                  const { data, errors } = await post(service.url, body)
                  if (data?.ingestActivities.unchanged !== BATCH) throw new Error(JSON.stringify(errors ?? data))
                }
              })
            },
            async upsert(run) {
              const batches = batchesOf(run).map((batch) => columnsOf(batch, size))
              return rate(async () => {
                for (const values of batches) {
                  const { rowCount } = await client.query({ name: 'upsert', text: UPSERT, values })
                  if (rowCount !== 0) throw new Error(`${rowCount} rows were written.`)
                }
              })
            },
          }
          await alternate(1, contestants)
          const { ours, upsert } = await alternate(runs, contestants)
          return [
            {
              against: 'INSERT … ON CONFLICT DO UPDATE … WHERE … IS DISTINCT FROM, straight through pg',
              bar: { atLeast: 0.7 },
              unit: 'rows/s',
              ours: ours.median,
              rival: upsert.median,
              ratio: ours.median / upsert.median,
              extra: { ours: ours.all, rival: upsert.all },
            },
          ]
        } finally {
          await service.stop()
        }
      }),
    )
  },
}

const UPSERT = `
INSERT INTO limit_activity AS a (id, source, external_id, date, duration_seconds, type, stereotype_id, user_id)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::date[], $5::integer[], $6::activity_type[], $7::uuid[], $8::uuid[])
ON CONFLICT (source, external_id) DO UPDATE
  SET date = excluded.date, duration_seconds = excluded.duration_seconds, type = excluded.type,
    stereotype_id = excluded.stereotype_id, user_id = excluded.user_id
  WHERE (a.date, a.duration_seconds, a.type, a.stereotype_id, a.user_id)
    IS DISTINCT FROM (excluded.date, excluded.duration_seconds, excluded.type, excluded.stereotype_id, excluded.user_id)`
