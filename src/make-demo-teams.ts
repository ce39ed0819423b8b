import { knownSource } from './cache/source-places.ts'
import { allTeams } from './cache/teams.ts'
import type { DemoTeam } from './demo-source/read-teams.ts'
import type { Acl } from './source/acl.ts'
import { saveReferences } from './source/references.ts'
import { saveTeams } from './source/teams.ts'

/**
 * Makes the demo company's teams, which no pull brings, and the users in them, before its first pull. Once a pull has
 * begun nothing is made any more, so a team that somebody changed or deleted stays as it is at the next start; and so
 * does one that has such a name already.
 */
export async function makeDemoTeams(acl: Acl, source: string, teams: readonly DemoTeam[]): Promise<void> {
  const { identity } = await knownSource(acl.database.sql, source)
  if (identity) return
  const there = new Set((await allTeams(acl.database.sql)).map(({ name }) => name))
  const idOf = await saveMembers(acl, source, teams)
  const missing = teams.filter(({ name }) => !there.has(name))
  await saveTeams(
    acl,
    missing.map(({ name, members }) => ({
      name,
      members: members.map(({ employeeId, from, to }) => ({ userId: idOf.get(String(employeeId)) ?? '', from, to })),
    })),
  )
}

/** Returns the users' ids by their keys in the source, under which the pull finds them. */
async function saveMembers(acl: Acl, source: string, teams: readonly DemoTeam[]): Promise<Map<string, string>> {
  const names = new Map(
    teams.flatMap(({ members }) => members.map(({ employeeId, employeeName }) => [String(employeeId), employeeName])),
  )
  const users = [...names].map(([externalId, name]) => ({ source, externalId, name }))
  const saved = await saveReferences(acl, { users })
  return new Map(saved.users.map(({ externalId, id }) => [externalId, id]))
}
