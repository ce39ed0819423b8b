import type pg from 'pg'
import { freshDatabase, onDatabase } from '../support/databases.ts'

const TABLES = `
CREATE TABLE employees (id integer, full_name text);
CREATE TABLE activity_kinds (id integer, code text, label text);
CREATE TABLE iterations (id integer, title text, starts_on date, ends_on date);
CREATE TABLE time_entries (
  id text, activity_date text, duration_seconds integer, value_type text, stereotype_id integer, user_id integer,
  updated_at timestamptz DEFAULT clock_timestamp()
);
INSERT INTO employees VALUES (1, 'Ann'), (2, 'Ben');
INSERT INTO activity_kinds VALUES (1, 'coding', 'Coding'), (2, 'meeting', 'Meeting');
INSERT INTO iterations VALUES (1, 'Sprint 1', '2026-03-02', '2026-03-13');`

/** A source's database with Ann, Ben, two kinds of activities, a sprint, and whatever the statements add. */
export async function sourceDatabase(...statements: readonly string[]): Promise<string> {
  const url = await freshDatabase('nothing')
  await inSource(url, TABLES, ...statements)
  return url
}

/** Runs statements on a source's database, as its own application would. */
export async function inSource(url: string, ...statements: readonly string[]): Promise<void> {
  await onDatabase(url, async (client: pg.Client) => {
    for (const statement of statements) await client.query(statement)
  })
}

/** SQL for so many good rows of Ann's, all written at one moment; ids start with the text. */
export function entries(count: number, id: string, at: string, other: { date?: string } = {}): string {
  return `INSERT INTO time_entries
    SELECT '${id}' || lpad(i::text, 5, '0'), '${other.date ?? '2026-03-02'}', i % 100, 'NVA', 2, 1, '${at}'
    FROM generate_series(1, ${count}) i`
}

/** Statements for a source that doesn't answer once its rows are looked at, for half a minute. */
export const STALLING = [
  entries(2, 'a', '2026-03-02 10:00Z'),
  'ALTER TABLE time_entries RENAME TO entered',
  'CREATE VIEW time_entries AS SELECT * FROM entered WHERE pg_sleep(30) IS NOT NULL',
]

/** The process of the session that pulls from this database, once it runs a statement like this. */
export function pullingProcess(url: string, statement: string): Promise<number> {
  return onDatabase(url, async (client) => {
    for (const deadline = performance.now() + 20_000; performance.now() < deadline; ) {
      const { rows } = await client.query(
        `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'steelthread'
           AND state = 'active' AND query LIKE $1`,
        [statement],
      )
      if (rows[0]) return rows[0].pid
    }
    throw new Error('Nobody pulls from this database.')
  })
}
