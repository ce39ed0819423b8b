import { randomBytes } from 'node:crypto'
import pg from 'pg'

/** The URL of a new database, migrated and empty, or with nothing in it at all. */
export async function freshDatabase(contents: 'migrated' | 'nothing' = 'migrated'): Promise<string> {
  const server = process.env.TEST_POSTGRES_URL
  if (!server) throw new Error('The tests need the Postgres of their global setup: run them through jest.')
  const name = `test_${randomBytes(6).toString('hex')}`
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await client.query(`CREATE DATABASE ${name}${contents === 'migrated' ? ' TEMPLATE steelthread_template' : ''}`)
  } finally {
    await client.end()
  }
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

/** Runs statements on a database from outside the service. */
export async function onDatabase<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** How many connections of this database wait for a lock. */
export async function waitingForLocks(client: pg.Client): Promise<number> {
  // What is seen of other connections is otherwise the same until the transaction ends.
  await client.query('SELECT pg_stat_clear_snapshot()')
  const { rows } = await client.query<{ count: string }>(
    'SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()',
  )
  return Number(rows[0]?.count)
}
