import { pipeline } from 'node:stream/promises'
import copyStreams from 'pg-copy-streams'
import { copyIn } from '../lib/caches.mjs'
import { activityOf, SOURCE, sourceRowOf, stereotypes, usersOf } from '../lib/data.mjs'
import { graphql } from '../lib/http.mjs'
import { alternate, timed } from '../lib/measure.mjs'
import { withClient } from '../lib/postgres.mjs'
import { startService } from '../lib/process.mjs'

/** @type {import('../lib/case.mjs').Case} */
export const pull = {
  name: 'pull',
  what: 'pull of everything from an external Postgres',
  async measure({ postgres, caches, size, runs }) {
    const externalUrl = await postgres.create('external')
    try {
      return await caches.with('references', size, (url) =>
        withClient(externalUrl, (external) =>
          withClient(url, (cache) => measure({ external, externalUrl, cache, url, size, runs })),
        ),
      )
    } finally {
      await postgres.drop('external')
    }
  },
}

async function measure({ external, externalUrl, cache, url, size, runs }) {
  await external.query(TABLES)
  const service = await startService(url, { env: { SOURCE_TIMESHEETS_URL: externalUrl } })
  try {
    await fillExternal(external, size)
    await cache.query('CREATE TABLE limit_activity (LIKE activity INCLUDING ALL)')
    // The source has no projects.
    await cache.query('ALTER TABLE limit_activity DROP project_id')
    const contestants = {
      async ours() {
        await cache.query('TRUNCATE activity, slice, ingest_batch')
        await cache.query('CHECKPOINT')
        const query = `mutation { syncSource(name: "${SOURCE}", full: true) { inserted quarantined } }`
        const ms = await timed(async () => {
          const { syncSource } = await graphql(service.url, query)
          if (syncSource.inserted !== size) throw new Error(`Not everything was pulled: ${JSON.stringify(syncSource)}`)
        })
        return (size * 1000) / ms
      },
      async copy() {
        await cache.query('TRUNCATE limit_activity')
        await cache.query('CHECKPOINT')
        const ms = await timed(() =>
          pipeline(
            external.query(copyStreams.to(`COPY (${COPIED}) TO STDOUT`)),
            cache.query(copyStreams.from('COPY limit_activity FROM STDIN')),
          ),
        )
        return (size * 1000) / ms
      },
    }
    const { ours, copy } = await alternate(runs, contestants)
    return [
      {
        against: 'COPY … TO piped to COPY … FROM into an equal table',
        bar: { atLeast: 0.5 },
        unit: 'rows/s',
        ours: ours.median,
        rival: copy.median,
        ratio: ours.median / copy.median,
        extra: { ours: ours.all, rival: copy.all },
      },
      { against: 'peak RSS while pulling', bar: { atMost: 300 }, unit: 'MB', ours: service.peakRss() },
    ]
  } finally {
    await service.stop()
  }
}

/** As in src/demo-source/schema.ts; `made` holds what COPY takes for granted and the service has to find out. */
const TABLES = `
CREATE TABLE employees (id integer PRIMARY KEY, full_name text);
CREATE TABLE activity_kinds (id integer PRIMARY KEY, code text, label text);
CREATE TABLE iterations (id integer PRIMARY KEY, title text, starts_on date, ends_on date);
CREATE TABLE time_entries (
  id text,
  activity_date text,
  duration_seconds double precision,
  value_type text,
  stereotype_id integer,
  user_id integer,
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX time_entries_updated_at_id ON time_entries (updated_at, id);
CREATE TABLE made_user (id integer PRIMARY KEY, uuid uuid NOT NULL);
CREATE TABLE made_stereotype (id integer PRIMARY KEY, uuid uuid NOT NULL);`

const COPIED = `
SELECT uuidv7(), '${SOURCE}', e.id, e.activity_date::date, e.duration_seconds::integer,
  CASE e.value_type WHEN 'VA' THEN 'VALUE_ADD' ELSE 'NON_VALUE_ADD' END, s.uuid, u.uuid, e.updated_at
FROM time_entries e JOIN made_stereotype s ON s.id = e.stereotype_id JOIN made_user u ON u.id = e.user_id`

async function fillExternal(external, size) {
  const users = usersOf(size)
  await copyIn(external, 'employees', users.length, (i) => [i + 1, users[i].name])
  await copyIn(external, 'made_user', users.length, (i) => [i + 1, users[i].id])
  await copyIn(external, 'activity_kinds', stereotypes.length, (i) => [i + 1, stereotypes[i].code, stereotypes[i].name])
  await copyIn(external, 'made_stereotype', stereotypes.length, (i) => [i + 1, stereotypes[i].id])
  await copyIn(external, 'time_entries', size, (i) => {
    const row = sourceRowOf(activityOf(i, size))
    // Ten rows a second were typed in, on and on.
    return [...Object.values(row), new Date(1_767_225_600_000 + Math.floor(i / 10) * 1000).toISOString()]
  })
  await external.query('VACUUM ANALYZE')
}
