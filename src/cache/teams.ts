import { newIds } from '../model/ids.ts'
import type { Sql } from './database.ts'
import type { Team } from './entities/team.ts'
import { allOf, type ReferenceList } from './reference-lists.ts'

/** A user's days in a team; without an end, until further notice. */
export interface Membership {
  userId: string
  from: string
  to: string | null
}

/** A team to be stored; members that aren't given stay. */
export interface TeamRecord {
  name: string
  members: readonly Membership[] | null
}

export type MembershipOfTeam = Membership & { teamId: string }

/** By name. */
export const TEAMS: ReferenceList<Team> = {
  table: 'team',
  columns: 'id, name',
  order: [{ column: 'name', property: 'name', type: 'text' }],
}

/** Every team, by name. */
export function allTeams(sql: Sql): Promise<Team[]> {
  return allOf(sql, TEAMS)
}

/** Those of the teams that are there, in no order. */
export function teamsByIds(sql: Sql, ids: readonly string[]): Promise<Team[]> {
  return sql('SELECT id, name FROM team WHERE id = ANY ($1::uuid[])', [ids])
}

/** Who is or was in these teams, by the names of users and by date; on that day, if one is given. */
export function membersOf(sql: Sql, teamIds: readonly string[], on: string | null): Promise<MembershipOfTeam[]> {
  return sql(
    `SELECT m.team_id AS "teamId", m.user_id AS "userId", m.start_date AS "from", m.end_date AS "to"
     FROM team_member m JOIN app_user u ON u.id = m.user_id
     WHERE m.team_id = ANY ($1::uuid[]) AND ($2::date IS NULL OR $2 BETWEEN m.start_date AND coalesce(m.end_date, 'infinity'))
     ORDER BY u.name, u.id, m.start_date`,
    [teamIds, on],
  )
}

/** Inserts teams, each name once, and puts the members that are given in place of theirs. Returns them in the order given. */
export async function upsertTeams(sql: Sql, teams: readonly TeamRecord[]): Promise<Team[]> {
  const stored = await sql<Team>(UPSERT_TEAMS, [newIds(teams.length), teams.map(({ name }) => name)])
  const given = teams.flatMap(({ members }, i) => (members ? [{ id: stored[i]?.id ?? '', members }] : []))
  await sql('DELETE FROM team_member WHERE team_id = ANY ($1::uuid[])', [given.map(({ id }) => id)])
  const rows = given.flatMap(({ id, members }) => members.map((member) => ({ id, ...member })))
  await sql(
    `INSERT INTO team_member (team_id, user_id, start_date, end_date)
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::date[], $4::date[])`,
    [rows.map(({ id }) => id), rows.map((row) => row.userId), rows.map(({ from }) => from), rows.map(({ to }) => to)],
  )
  return stored
}

/** Deletes teams with their memberships. Returns how many there were. */
export async function deleteTeams(sql: Sql, ids: readonly string[]): Promise<number> {
  await sql('DELETE FROM team_member WHERE team_id = ANY ($1::uuid[])', [ids])
  return (await sql('DELETE FROM team WHERE id = ANY ($1::uuid[]) RETURNING id', [ids])).length
}

const UPSERT_TEAMS = `
WITH incoming AS (
  SELECT * FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS t (id, name, position)
), written AS (
  INSERT INTO team (id, name) SELECT id, name FROM incoming ORDER BY name
  ON CONFLICT (name) DO UPDATE SET name = excluded.name
  RETURNING id, name
)
SELECT w.id, w.name FROM written w JOIN incoming USING (name) ORDER BY position`
