import type { ActivityType } from '../model/activity.ts'
import type { Sql } from './database.ts'

/** What an activity was for a while, under one code of its stereotype. */
export interface ActivityState {
  activityId: string
  /** When it became so; null where that was before history was kept, or longer ago than it is kept. */
  since: Date | null
  /** When it became something else, or was deleted; null where it is so still. */
  until: Date | null
  date: string
  durationSeconds: number
  type: ActivityType
  stereotypeId: string
  /** As it was then. */
  stereotypeCode: string
  userId: string
  projectId: string | null
  batchId: string | null
  rowIndex: number | null
}

/**
 * The states of a source's activity that are known, the oldest first. A stereotype's new code makes a new one. After a
 * deletion nothing follows, unless its source had it again.
 */
export function historyOf(sql: Sql, source: string, externalId: string): Promise<ActivityState[]> {
  return sql<ActivityState>(HISTORY, [source, externalId])
}

const STATE = 'since_revision, date, duration_seconds, type, stereotype_id, user_id, project_id, batch_id, row_index'

const HISTORY = `
WITH states AS (
  SELECT id AS activity_id, NULL::bigint AS until_revision, ${STATE}
  FROM activity WHERE source = $1 AND external_id = $2
  UNION ALL
  SELECT activity_id, until_revision, ${STATE.replace('type', 'type::activity_type')} FROM activity_history WHERE source = $1 AND external_id = $2
), codes AS (
  SELECT id AS stereotype_id, since_revision, NULL::bigint AS until_revision, code
  FROM stereotype WHERE id IN (SELECT stereotype_id FROM states)
  UNION ALL
  SELECT stereotype_id, since_revision, until_revision, code
  FROM stereotype_history WHERE stereotype_id IN (SELECT stereotype_id FROM states)
), known AS (
  SELECT s.*, c.code, greatest(s.since_revision, c.since_revision) AS since, least(s.until_revision, c.until_revision) AS until
  FROM states s
  LEFT JOIN codes c ON c.stereotype_id = s.stereotype_id
    AND (s.until_revision IS NULL OR c.since_revision < s.until_revision)
    AND (c.until_revision IS NULL OR s.since_revision < c.until_revision)
)
SELECT activity_id AS "activityId", began.at AS since, ended.at AS until, date, duration_seconds AS "durationSeconds", type,
  stereotype_id AS "stereotypeId", code AS "stereotypeCode", user_id AS "userId", project_id AS "projectId",
  known.batch_id AS "batchId", row_index AS "rowIndex"
FROM known
LEFT JOIN source_revision began ON began.source = $1 AND began.revision = since AND since > 0
LEFT JOIN source_revision ended ON ended.source = $1 AND ended.revision = until
WHERE until IS NULL OR ended.at IS NOT NULL
ORDER BY known.since, known.until`
