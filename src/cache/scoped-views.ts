/** What a limited viewer reads: views under the names of the cache's tables, in a schema of their own, with the rows that are theirs. */
import type { EntityMetadata } from 'typeorm'
import { validate as isUuid } from 'uuid'
import { isIsoDate } from '../model/calendar.ts'
import type { Scope } from '../model/caller.ts'
import { sha256 } from '../model/sha256.ts'
import { user } from '../model/subject.ts'
import type { CacheDataSource } from './cache-data-source.ts'
import { Database } from './database.ts'

const SCHEMA = 'scoped'

const ids = (setting: string) => `((SELECT current_setting('${setting}'))::uuid[])`
const IS_SEEN = (column: string) => `${column} = ANY (${ids('steelthread.users')})`
const EVERY_ROW = 'true'
const NO_ROW = 'false'

/** Which rows of a table are a limited viewer's; of any other table but those of stages of users there are none. */
const ROWS: Readonly<Record<string, string>> = {
  app_user: IS_SEEN('id'),
  activity: IS_SEEN('user_id'),
  activity_history: IS_SEEN('user_id'),
  slice: IS_SEEN('subject_id'),
  team: `id = ANY (${ids('steelthread.teams')})`,
  team_member: `${IS_SEEN('user_id')} AND team_id = ANY (${ids('steelthread.teams')})`,
  project: `EXISTS (SELECT FROM public.activity a WHERE a.project_id = own.id AND ${IS_SEEN('a.user_id')})`,
  quarantined_row: `EXISTS (
    SELECT FROM public.app_user u WHERE u.source = own.source AND u.external_id = own.user_key AND ${IS_SEEN('u.id')}
  )`,
  // What is of nobody: what things are called, when something was pulled, by what it is computed.
  sprint: EVERY_ROW,
  stereotype: EVERY_ROW,
  stereotype_history: EVERY_ROW,
  source_cursor: EVERY_ROW,
  source_revision: EVERY_ROW,
  ingest_batch: EVERY_ROW,
  logic: EVERY_ROW,
  live_version: EVERY_ROW,
  stage_version: EVERY_ROW,
}

/** What tables are made of: a view knows of no column that its table got later, by whatever way. */
const COLUMNS = `(
  SELECT string_agg(concat_ws(' ', relname, attname, format_type(atttypid, atttypmod)), ',' ORDER BY relname, attnum)
  FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
  WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
)`

const ENUMS = ['activity_type', 'quarantine_status']

/** Makes the views, where they aren't as they should be. Processes that start at once make them one after the other. */
export async function makeScopedViews(dataSource: CacheDataSource): Promise<void> {
  const text = viewsSql(dataSource.entityMetadatas)
  const database = new Database(dataSource)
  await database.alone('migrations', () =>
    database.transaction(async (sql) => {
      const [there] = await sql<{ made: string | null; columns: string }>(
        `SELECT (SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = '${SCHEMA}') AS made, ${COLUMNS} AS columns`,
      )
      const made = sha256(text + (there?.columns ?? ''))
      if (there?.made === made) return
      for (const statement of [...text.split(';\n'), `COMMENT ON SCHEMA ${SCHEMA} IS '${made}'`]) await sql(statement)
    }),
  )
}

/** Takes the views away: a migration could not change a table on which one stands. */
export async function dropScopedViews(dataSource: CacheDataSource): Promise<void> {
  await dataSource.query(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`)
}

function viewsSql(tables: readonly EntityMetadata[]): string {
  const views = tables.map(({ tableName: table, columns }) => {
    const isOfUsers = columns.some(({ databaseName }) => databaseName === user.column)
    const isStage = columns.some(({ databaseName }) => databaseName === 'logic')
    const rows = ROWS[table] ?? (isStage && isOfUsers ? IS_SEEN(user.column) : NO_ROW)
    // Pages of activities find the slices of a day by where they lie.
    return `CREATE VIEW ${SCHEMA}.${table} AS SELECT own.ctid, own.* FROM public.${table} own WHERE ${rows}`
  })
  // Nothing is found that isn't here: types, too, need their names.
  const types = ENUMS.map((name) => `CREATE DOMAIN ${SCHEMA}.${name} AS public.${name}`)
  return [`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`, `CREATE SCHEMA ${SCHEMA}`, ...types, ...views.sort()].join(';\n')
}

/**
 * SQL that lets the transaction which is under way see what is in the scope, and nothing else.
 * @param today The ISO date on which people are in teams.
 */
export function seeing({ teamIds, userIds }: Scope, today: string): string {
  const members = `SELECT user_id FROM public.team_member
    WHERE team_id = ANY (${uuids(teamIds)}) AND '${isoDate(today)}' BETWEEN start_date AND coalesce(end_date, 'infinity')`
  const users = `SELECT unnest(${uuids(userIds)}) UNION ${members}`
  const teams = `SELECT unnest(${uuids(teamIds)}) UNION SELECT team_id FROM public.team_member WHERE user_id = ANY (${uuids(userIds)})`
  return `SELECT set_config('search_path', '${SCHEMA}', true),
    set_config('steelthread.users', ARRAY(${users})::text, true), set_config('steelthread.teams', ARRAY(${teams})::text, true)`
}

function uuids(texts: readonly string[]): string {
  const wrong = texts.find((text) => !isUuid(text))
  if (wrong !== undefined) throw new Error(`Broken invariant: a scope holds "${wrong}", which is no id.`)
  return `'{${texts.join(',')}}'::uuid[]`
}

function isoDate(text: string): string {
  if (isIsoDate(text)) return text
  throw new Error(`Broken invariant: "${text}" is no date.`)
}
