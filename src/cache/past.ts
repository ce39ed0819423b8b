/** What the cache was at a moment stands under the names of its tables, for one transaction that is taken back: whatever reads the cache reads it. */
import { BadInputError } from '../model/errors.ts'
import type { Sql } from './database.ts'
import { revisionsAt, type SourceMoment } from './revisions.ts'

/**
 * Hides tables of the cache behind what they held at the moment: activities and the codes of stereotypes, and nothing yet of
 * slices and of what stages made. Users, projects, teams and sprints stay as they are now.
 * @param at Settled: see `settledBy`.
 * @param stageTables Those of stages.
 * @throws BadInputError for a moment that lies ahead.
 */
export async function hideBehind(sql: Sql, at: Date, stageTables: readonly string[]): Promise<SourceMoment[]> {
  const [clock] = await sql<{ now: Date; isAhead: boolean }>(
    'SELECT now() AS now, $1::timestamptz > now() AS "isAhead"',
    [at],
  )
  if (clock?.isAhead) {
    throw new BadInputError(
      'asOf',
      `asOf (${at.toISOString()}) must not lie ahead: by the cache's clock it is ${clock.now.toISOString()}.`,
    )
  }
  const sources = await revisionsAt(sql, at)
  const held = revisionSql(sources)
  await sql(`CREATE TEMPORARY VIEW activity AS
    SELECT id, ${ACTIVITY}, since_revision FROM activity WHERE since_revision <= ${held}
    UNION ALL
    SELECT activity_id, ${ACTIVITY.replace('type', 'type::activity_type')}, since_revision FROM activity_history
    WHERE since_revision <= ${held} AND until_revision > ${held}`)
  await sql(`CREATE TEMPORARY VIEW stereotype AS
    SELECT id, ${STEREOTYPE}, since_revision FROM stereotype WHERE since_revision <= ${held}
    UNION ALL
    SELECT stereotype_id, ${STEREOTYPE}, since_revision FROM stereotype_history
    WHERE since_revision <= ${held} AND until_revision > ${held}`)
  for (const table of ['slice', ...stageTables]) {
    await sql(`CREATE TEMPORARY TABLE ${table} (LIKE public.${table} INCLUDING ALL) ON COMMIT DROP`)
  }
  return sources
}

const ACTIVITY =
  'source, external_id, date, duration_seconds, type, stereotype_id, user_id, changed_at, project_id, batch_id, row_index'
const STEREOTYPE = 'source, external_id, code, name'

/** SQL for the revision that a row's source had. A view takes no parameters; names of sources are quoted. */
export function revisionSql(sources: readonly SourceMoment[]): string {
  const cases = sources.map(({ source, revision }) => `WHEN ${quoted(source)} THEN ${revision}`)
  return cases.length > 0 ? `CASE source ${cases.join(' ')} ELSE 0 END` : '0'
}

function quoted(text: string): string {
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

/** Which sources these subjects are of. */
export async function sourcesOf(sql: Sql, table: string, ids: readonly string[]): Promise<string[]> {
  const rows = await sql<{ source: string }>(`SELECT DISTINCT source FROM ${table} WHERE id = ANY ($1::uuid[])`, [ids])
  return rows.map(({ source }) => source)
}
