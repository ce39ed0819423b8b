import { execFile } from 'node:child_process'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import copyStreams from 'pg-copy-streams'
import { activityOf, FIRST_DAY, LAST_DAY, SOURCE, stereotypes, usersOf } from './data.mjs'
import { graphql } from './http.mjs'
import { withClient } from './postgres.mjs'
import { startService } from './process.mjs'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Databases in known states, made once a run and copied for each case.
 *
 * - `references`: migrated; users and stereotypes, no activities.
 * - `cold`: as many activities as the size says, nothing computed.
 * - `warm`: the same, everything computed by the service.
 */
export class Caches {
  #postgres
  #made = new Map()
  #copies = 0

  /** @param {import('./postgres.mjs').Postgres} postgres */
  constructor(postgres) {
    this.#postgres = postgres
  }

  /**
   * A database of its own in that state, dropped when the work is done.
   * @template T
   * @param {'references' | 'cold' | 'warm'} state
   * @param {number} size
   * @param {(url: string) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async with(state, size, work) {
    const name = `case_${++this.#copies}`
    const url = await this.#postgres.create(name, await this.#template(state, size))
    try {
      return await work(url)
    } finally {
      await this.#postgres.drop(name)
    }
  }

  #template(state, size) {
    const name = `${state}_${size}`
    const made = this.#made.get(name) ?? this.#make(state, size, name)
    this.#made.set(name, made)
    return made
  }

  async #make(state, size, name) {
    switch (state) {
      case 'references': {
        const url = await this.#postgres.create(name)
        await promisify(execFile)(process.execPath, ['dist/src/typeorm.js', 'migration:run'], {
          cwd: ROOT,
          env: { PATH: process.env.PATH, HOME: process.env.HOME, DATABASE_URL: url },
        })
        await withClient(url, (client) => fillReferences(client, size))
        break
      }
      case 'cold': {
        const url = await this.#postgres.create(name, await this.#template('references', size))
        await withClient(url, (client) => fillActivities(client, size))
        break
      }
      case 'warm': {
        const url = await this.#postgres.create(name, await this.#template('cold', size))
        await computeEverything(url)
        await withClient(url, (client) => client.query('VACUUM ANALYZE'))
        break
      }
    }
    return name
  }
}

async function fillReferences(client, size) {
  const users = usersOf(size)
  await client.query(
    `INSERT INTO app_user (id, source, external_id, name)
     SELECT id, $1, external_id, name FROM unnest($2::uuid[], $3::text[], $4::text[]) AS t (id, external_id, name)`,
    [SOURCE, users.map((u) => u.id), users.map((u) => u.externalId), users.map((u) => u.name)],
  )
  await client.query(
    `INSERT INTO stereotype (id, source, external_id, code, name)
     SELECT id, $1, external_id, code, name
     FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) AS t (id, external_id, code, name)`,
    [
      SOURCE,
      stereotypes.map((s) => s.id),
      stereotypes.map((s) => s.externalId),
      stereotypes.map((s) => s.code),
      stereotypes.map((s) => s.name),
    ],
  )
}

async function fillActivities(client, size) {
  const users = usersOf(size)
  await copyIn(
    client,
    'activity (id, source, external_id, date, duration_seconds, type, stereotype_id, user_id)',
    size,
    (i) => {
      const a = activityOf(i, size)
      return [
        a.id,
        SOURCE,
        a.externalId,
        a.date,
        a.durationSeconds,
        a.type,
        stereotypes[a.stereotype].id,
        users[a.user].id,
      ]
    },
  )
  await client.query(
    `INSERT INTO slice (logic, subject_id, start_date, end_date, revision)
     SELECT 'activities', user_id, date, date, 1 FROM activity GROUP BY user_id, date ORDER BY user_id, date`,
  )
  await client.query(
    `INSERT INTO slice (logic, subject_id, start_date, end_date, revision)
     SELECT 'activities_of_month', subject_id, month::date, (month + interval '1 month' - interval '1 day')::date, count(*)
     FROM (SELECT subject_id, date_trunc('month', start_date::timestamp) AS month FROM slice) days
     GROUP BY subject_id, month ORDER BY subject_id, month`,
  )
  await client.query('VACUUM ANALYZE')
}

/**
 * Copies rows into a table.
 * @param {import('pg').Client} client
 * @param {string} target the table with its columns
 * @param {number} count
 * @param {(i: number) => readonly (string | number)[]} rowOf its values: nothing that COPY would have to escape
 */
export async function copyIn(client, target, count, rowOf) {
  function* lines() {
    for (let i = 0; i < count; ) {
      let chunk = ''
      for (const end = Math.min(count, i + 1000); i < end; i++) chunk += `${rowOf(i).join('\t')}\n`
      yield chunk
    }
  }
  await pipeline(Readable.from(lines()), client.query(copyStreams.from(`COPY ${target} FROM STDIN`)))
}

/** Asks the service for everything there is, in the way that computes all stages. */
async function computeEverything(url) {
  const service = await startService(url)
  try {
    await askForTrends(service.url)
    await graphql(service.url, `query ($from: Date!, $to: Date!) { nvaSummary(from: $from, to: $to) { totalSum } }`, {
      from: FIRST_DAY,
      to: LAST_DAY,
    })
  } finally {
    await service.stop()
  }
}

/**
 * Every waste trend there is, which takes every summary and every time split.
 * @param {string} url
 */
export async function askForTrends(url) {
  const query = 'query ($from: Date!, $to: Date!) { wasteTrends(from: $from, to: $to) { flagged } }'
  const { wasteTrends } = await graphql(url, query, { from: FIRST_DAY, to: LAST_DAY })
  return wasteTrends.length
}
