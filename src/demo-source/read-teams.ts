import type { ClientBase } from 'pg'

/** A team of the demo company, with those who were in it when: both days included, without an end until further notice. */
export interface DemoTeam {
  readonly name: string
  readonly members: readonly DemoMember[]
}

export interface DemoMember {
  readonly employeeId: number
  readonly employeeName: string
  /** ISO. */
  readonly from: string
  readonly to: string | null
}

/** The teams of a demo database; none where it was made before there were any. */
export async function readTeams(client: ClientBase): Promise<DemoTeam[]> {
  const { rows: known } = await client.query(`SELECT to_regclass('teams') IS NOT NULL AS are`)
  if (!known[0].are) return []
  const { rows } = await client.query<DemoTeam>(
    `SELECT t.name, json_agg(json_build_object(
       'employeeId', e.id, 'employeeName', e.full_name, 'from', m.starts_on, 'to', m.ends_on
     ) ORDER BY e.id, m.starts_on) AS members
     FROM teams t JOIN team_members m ON m.team_id = t.id JOIN employees e ON e.id = m.employee_id
     GROUP BY t.id ORDER BY t.id`,
  )
  return rows
}
