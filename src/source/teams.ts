import type { Sql } from '../cache/database.ts'
import type { Team } from '../cache/entities/team.ts'
import { keepSubjects } from '../cache/subject-lock.ts'
import { deleteTeams, type Membership, type TeamRecord, teamsByIds, upsertTeams } from '../cache/teams.ts'
import { FIRST_DATE, LAST_DATE } from '../model/calendar.ts'
import { BadInputError } from '../model/errors.ts'
import { few, quoted } from '../model/excerpts.ts'
import { user } from '../model/subject.ts'
import type { Acl } from './acl.ts'
import { textFault } from './field-checks.ts'
import { API_SOURCE } from './references.ts'

/**
 * Stores teams; members that are given take the place of those that were. Teams belong to no source: they are written one
 * after the other, as all that is made through the API.
 * @throws BadInputError for a name that can't be used or is there twice, an unknown user, and days that end before they
 * begin or overlap.
 */
export async function saveTeams({ database }: Acl, teams: readonly TeamRecord[]): Promise<Team[]> {
  const records = teams.map(({ name, members }) => {
    const fault = textFault(name)
    if (fault) throw new BadInputError('name', `name ${fault}.`)
    const team = {
      name: name.trim(),
      members: members?.map((member) => ({ ...member, userId: member.userId.toLowerCase() })) ?? null,
    }
    if (team.members) checkMembers(team.name, team.members)
    return team
  })
  const seen = new Set<string>()
  for (const { name } of records) {
    if (seen.has(name))
      throw new BadInputError('input', `input must hold each name once; ${quoted(name)} is there twice.`)
    seen.add(name)
  }
  return database.writing([API_SOURCE], async (sql) => {
    await checkUsers(sql, records)
    return upsertTeams(sql, records)
  })
}

/** Deletes teams, all or none. Returns how many there were. @throws BadInputError for ids that aren't there. */
export async function removeTeams({ database }: Acl, asked: readonly string[]): Promise<number> {
  const ids = [...new Set(asked.map((id) => id.toLowerCase()))]
  return database.writing([API_SOURCE], async (sql) => {
    const known = new Set((await teamsByIds(sql, ids)).map(({ id }) => id))
    const unknown = ids.filter((id) => !known.has(id))
    if (unknown.length > 0) throw new BadInputError('ids', `There is no team ${few(unknown)}.`)
    return deleteTeams(sql, ids)
  })
}

function checkMembers(team: string, members: readonly Membership[]): void {
  const last = new Map<string, Membership>()
  for (const member of [...members].sort((a, b) => (a.from < b.from ? -1 : 1))) {
    const { userId, from, to } = member
    if (from < FIRST_DATE || (to ?? from) > LAST_DATE) {
      throw new BadInputError('from', `Days in team ${quoted(team)} must lie from ${FIRST_DATE} to ${LAST_DATE}.`)
    }
    if (to !== null && to < from) {
      throw new BadInputError(
        'to',
        `User ${userId} can't leave team ${quoted(team)} (${to}) before joining it (${from}).`,
      )
    }
    const before = last.get(userId)
    if (before && (before.to === null || before.to >= from)) {
      throw new BadInputError(
        'from',
        `User ${userId} is in team ${quoted(team)} already on ${from}: days must not overlap.`,
      )
    }
    last.set(userId, member)
  }
}

/** Those who become members stay until that is committed. */
async function checkUsers(sql: Sql, teams: readonly TeamRecord[]): Promise<void> {
  const ids = [...new Set(teams.flatMap(({ members }) => members?.map(({ userId }) => userId) ?? []))]
  const known = new Set(await keepSubjects(sql, user, ids))
  const unknown = ids.filter((id) => !known.has(id))
  if (unknown.length > 0) throw new BadInputError('userId', `There is no user ${few(unknown)}.`)
}
