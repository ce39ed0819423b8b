import type { ClientBase } from 'pg'
import { generateTimesheets, type TimesheetsOptions } from './generate-timesheets.ts'
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
  await insert(client, 'employees', timesheets.employees)
  await insert(client, 'activity_kinds', timesheets.activityKinds)
  await insert(client, 'iterations', timesheets.iterations)
  await insert(client, 'projects', timesheets.projects)
  await insert(client, 'teams', timesheets.teams)
  await insert(client, 'team_members', timesheets.teamMembers)
  await insert(client, 'time_entries', timesheets.timeEntries)
  await client.query(stampSql)
  return timesheets.timeEntries.length
}

const chunkSize = 5000

/** The rows are as the table has them, column by column. */
async function insert(client: ClientBase, table: string, rows: readonly object[]): Promise<void> {
  for (let start = 0; start < rows.length; start += chunkSize) {
    await client.query(`INSERT INTO ${table} SELECT * FROM json_populate_recordset(NULL::${table}, $1)`, [
      JSON.stringify(rows.slice(start, start + chunkSize)),
    ])
  }
}
