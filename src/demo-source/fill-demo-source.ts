import type { ClientBase } from 'pg'
import { generateTimesheets, type TimesheetsOptions } from './generate-timesheets.ts'
import type { TimeEntry, Timesheets } from './rows.ts'
import { stampSql, tablesSql } from './schema.ts'

/**
 * Creates the tables and fills them, in one transaction, if they aren't there yet. Returns the number of time entries
 * written: 0 if they were there already.
 *
 * @param client a connection to a database of its own, outside a transaction
 */
export async function fillDemoSource(client: ClientBase, options: TimesheetsOptions): Promise<number> {
  await client.query('BEGIN')
  try {
    const written = await fillOnce(client, options)
    await client.query('COMMIT')
    return written
  } catch (error) {
    // On a broken connection this fails too; the first error is the one that tells why.
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}

async function fillOnce(client: ClientBase, options: TimesheetsOptions): Promise<number> {
  // Two services that start on one database take turns.
  await client.query(`SELECT pg_advisory_xact_lock(hashtext('timesheets'))`)
  const { rows } = await client.query(`SELECT to_regclass('time_entries') IS NOT NULL AS filled`)
  if (rows[0].filled) return 0

  const timesheets = generateTimesheets(options)
  await client.query(tablesSql)
  await insertNames(client, timesheets)
  await insertTimeEntries(client, timesheets.timeEntries)
  await client.query(stampSql)
  return timesheets.timeEntries.length
}

async function insertNames(client: ClientBase, { employees, activityKinds, iterations }: Timesheets): Promise<void> {
  await client.query(
    `INSERT INTO employees (id, full_name)
     SELECT * FROM unnest($1::integer[], $2::text[])`,
    [employees.map(({ id }) => id), employees.map(({ full_name }) => full_name)],
  )
  await client.query(
    `INSERT INTO activity_kinds (id, code, label)
     SELECT * FROM unnest($1::integer[], $2::text[], $3::text[])`,
    [activityKinds.map(({ id }) => id), activityKinds.map(({ code }) => code), activityKinds.map(({ label }) => label)],
  )
  await client.query(
    `INSERT INTO iterations (id, title, starts_on, ends_on)
     SELECT * FROM unnest($1::integer[], $2::text[], $3::date[], $4::date[])`,
    [
      iterations.map(({ id }) => id),
      iterations.map(({ title }) => title),
      iterations.map(({ starts_on }) => starts_on),
      iterations.map(({ ends_on }) => ends_on),
    ],
  )
}

const chunkSize = 5000

async function insertTimeEntries(client: ClientBase, entries: readonly TimeEntry[]): Promise<void> {
  for (let start = 0; start < entries.length; start += chunkSize) {
    const chunk = entries.slice(start, start + chunkSize)
    await client.query(
      `INSERT INTO time_entries (id, activity_date, duration_seconds, value_type, stereotype_id, user_id, updated_at)
       SELECT * FROM unnest(
         $1::text[], $2::text[], $3::double precision[], $4::text[], $5::integer[], $6::integer[], $7::timestamptz[]
       )`,
      [
        chunk.map(({ id }) => id),
        chunk.map(({ activity_date }) => activity_date),
        chunk.map(({ duration_seconds }) => duration_seconds),
        chunk.map(({ value_type }) => value_type),
        chunk.map(({ stereotype_id }) => stereotype_id),
        chunk.map(({ user_id }) => user_id),
        chunk.map(({ updated_at }) => updated_at),
      ],
    )
  }
}
