import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../../dist/src/embedded/embedded-postgres.js'

/**
 * @typedef {object} Postgres
 * @property {(database: string) => string} url
 * @property {(name: string, template?: string) => Promise<string>} create makes a database and returns its URL
 * @property {(name: string) => Promise<void>} drop
 * @property {() => Promise<void>} stop stops the server and removes its folder
 */

/** Postgres' own default, twice the embedded one's: the pools of five contestants at once need more than that. */
const settings = { max_connections: '100' }

/**
 * The embedded Postgres in a folder of its own, with the settings that users have but for the connections: durable.
 * @returns {Promise<Postgres>}
 */
export async function startPostgres() {
  const home = await mkdtemp(join(tmpdir(), 'steelthread-bench-'))
  await chmod(home, 0o755)
  const server = await startEmbeddedPostgres({ home, settings })
  const admin = (sql) => withClient(server.url('postgres'), (client) => client.query(sql))
  return {
    url: server.url,
    async create(name, template) {
      await admin(`DROP DATABASE IF EXISTS ${name}`)
      await admin(`CREATE DATABASE ${name}${template ? ` TEMPLATE ${template} STRATEGY file_copy` : ''}`)
      return server.url(name)
    },
    async drop(name) {
      await admin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    },
    async stop() {
      await server.stop()
      await rm(home, { recursive: true, force: true })
    },
  }
}

/**
 * @template T
 * @param {string} url
 * @param {(client: pg.Client) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withClient(url, work) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
