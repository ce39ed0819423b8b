import type { Answer } from '../../support/service.ts'
import { pulling } from '../pulling.ts'

const SYNC = `mutation ($name: String!) {
  syncSource(name: $name) { received inserted quarantined skipped warnings { message } }
}`

/** What a pull of a source by this adapter brings: its report, its activities as lines, and what they refer to. */
export async function pulled(adapter: string, url: string): Promise<Answer['data']> {
  const service = await pulling({ [adapter]: url }, { adapter })
  const { syncSource: report } = await service.get(SYNC, { name: adapter })
  const activities = await service.database.sql<{ line: string }>(
    `SELECT concat_ws(' | ', a.external_id, a.date, a.duration_seconds, a.type, u.name, s.code, p.name) AS line
     FROM activity a JOIN app_user u ON u.id = a.user_id JOIN stereotype s ON s.id = a.stereotype_id
     LEFT JOIN project p ON p.id = a.project_id ORDER BY a.date, a.external_id`,
  )
  const { quarantine, sprints, projects } = await service.get(
    '{ quarantine { nodes { externalId problems { code field } } } sprints { name startDate endDate } projects { name client } }',
  )
  const refused = quarantine.nodes.map(
    ({ externalId, problems }: { externalId: string; problems: { code: string; field: string }[] }) =>
      `${externalId}: ${problems.map(({ code, field }) => `${code} ${field}`).join(', ')}`,
  )
  return { report, activities: activities.map(({ line }) => line), refused: refused.sort(), sprints, projects, service }
}
