import 'reflect-metadata'
import { DataSource, EntitySchema } from 'typeorm'
import { activitiesOf, SOURCE, sourceRowOf, stereotypes, usersOf } from '../lib/data.mjs'
import { graphql, post } from '../lib/http.mjs'
import { alternate, timed } from '../lib/measure.mjs'
import { withClient } from '../lib/postgres.mjs'
import { startService } from '../lib/process.mjs'

export const BATCH = 5_000
const BATCHES_A_RUN = 4
/** Row by row is slow: it gets fewer rows a run, and the same kind. */
const SAVES_A_RUN = 500

export const INGEST = `mutation ($rows: [JSONObject!]!) {
  ingestActivities(input: { source: "${SOURCE}", rows: $rows }) { inserted updated unchanged quarantined }
}`

/** @type {import('../lib/case.mjs').Case} */
export const ingest = {
  name: 'ingest',
  what: `ingest: mutation over HTTP, batches of ${BATCH.toLocaleString('en')} new rows`,
  async measure({ caches, size, runs }) {
    return caches.with('cold', size, async (url) =>
      withClient(url, async (client) => {
        for (const table of ['limit_activity', 'upsert_activity', 'save_activity']) await equalTable(client, table)
        const service = await startService(url)
        const typeorm = await new DataSource({
          type: 'postgres',
          url,
          entities: [entityOf('upsert_activity'), entityOf('save_activity')],
        }).initialize()
        try {
          /** Each run brings rows that nobody has yet; the first run is not counted. */
          const batchesOf = (run) =>
            Array.from({ length: BATCHES_A_RUN }, (_, i) =>
              activitiesOf(size + (run * BATCHES_A_RUN + i) * BATCH, BATCH, size),
            )
          const rate = async (rows, work) => {
            await client.query('CHECKPOINT')
            return (rows * 1000) / (await timed(work))
          }
          const all = BATCHES_A_RUN * BATCH
          const contestants = {
            async ours(run) {
              const bodies = batchesOf(run).map((batch) =>
                JSON.stringify({ query: INGEST, variables: { rows: batch.map(sourceRowOf) } }),
              )
              return rate(all, async () => {
                for (const body of bodies) {
                  const { data, errors } = await post(service.url, body)
                  if (data?.ingestActivities.inserted !== BATCH) throw new Error(JSON.stringify(errors ?? data))
                }
              })
            },
            async limit(run) {
              const batches = batchesOf(run).map((batch) => columnsOf(batch, size))
              return rate(all, async () => {
                for (const values of batches) await client.query({ name: 'limit', text: LIMIT, values })
              })
            },
            async upsert(run) {
              const repository = typeorm.getRepository('upsert_activity')
              const batches = batchesOf(run).map((batch) => entitiesOf(batch, size))
              return rate(all, async () => {
                for (const batch of batches) await repository.upsert(batch, ['source', 'externalId'])
              })
            },
            async save(run) {
              const repository = typeorm.getRepository('save_activity')
              const entities = entitiesOf(activitiesOf(size + run * SAVES_A_RUN, SAVES_A_RUN, size), size)
              return rate(SAVES_A_RUN, async () => {
                for (const entity of entities) await repository.save(entity)
              })
            },
          }
          await alternate(1, contestants)
          const counted = Object.fromEntries(
            Object.entries(contestants).map(([name, contestant]) => [name, (run) => contestant(run + 1)]),
          )
          const figures = await alternate(runs, counted)
          const against = (rival, text, atLeast) => ({
            against: text,
            bar: { atLeast },
            unit: 'rows/s',
            ours: figures.ours.median,
            rival: figures[rival].median,
            ratio: figures.ours.median / figures[rival].median,
            extra: { ours: figures.ours.all, rival: figures[rival].all },
          })
          return [
            against('limit', 'limit: one prepared INSERT … SELECT FROM unnest', 0.65),
            against('upsert', 'TypeORM repository.upsert, batches of 5,000', 2),
            against('save', 'TypeORM repository.save, row by row', 30),
          ]
        } finally {
          await typeorm.destroy()
          await service.stop()
        }
      }),
    )
  },
}

const LIMIT = `
INSERT INTO limit_activity (id, source, external_id, date, duration_seconds, type, stereotype_id, user_id)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::date[], $5::integer[], $6::activity_type[], $7::uuid[], $8::uuid[])`

/** A table with the columns, the indexes and the rows of `activity`. */
export async function equalTable(client, name) {
  await client.query(`CREATE TABLE ${name} (LIKE activity INCLUDING ALL)`)
  await client.query(`INSERT INTO ${name} SELECT * FROM activity`)
  await client.query(`VACUUM ANALYZE ${name}`)
}

/** The activities as arrays of columns, in the order of the table's. */
export function columnsOf(activities, size) {
  const users = usersOf(size)
  return [
    activities.map((a) => a.id),
    activities.map(() => SOURCE),
    activities.map((a) => a.externalId),
    activities.map((a) => a.date),
    activities.map((a) => a.durationSeconds),
    activities.map((a) => a.type),
    activities.map((a) => stereotypes[a.stereotype].id),
    activities.map((a) => users[a.user].id),
  ]
}

function entitiesOf(activities, size) {
  const users = usersOf(size)
  return activities.map((a) => ({
    id: a.id,
    source: SOURCE,
    externalId: a.externalId,
    date: a.date,
    durationSeconds: a.durationSeconds,
    type: a.type,
    stereotypeId: stereotypes[a.stereotype].id,
    userId: users[a.user].id,
  }))
}

function entityOf(table) {
  const column = (type, name, options = {}) => ({ type, name, ...options })
  return new EntitySchema({
    name: table,
    tableName: table,
    columns: {
      id: column('uuid', 'id', { primary: true }),
      source: column('text', 'source'),
      externalId: column('text', 'external_id'),
      date: column('date', 'date'),
      durationSeconds: column('integer', 'duration_seconds'),
      type: column('enum', 'type', { enum: ['VALUE_ADD', 'NON_VALUE_ADD'], enumName: 'activity_type' }),
      stereotypeId: column('uuid', 'stereotype_id'),
      userId: column('uuid', 'user_id'),
    },
    uniques: [{ columns: ['source', 'externalId'] }],
  })
}

/** Sends rows and gives the report. */
export async function ingestRows(url, activities) {
  const { ingestActivities } = await graphql(url, INGEST, { rows: activities.map(sourceRowOf) })
  return ingestActivities
}
