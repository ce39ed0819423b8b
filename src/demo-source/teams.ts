import { isoDate } from './calendar.ts'
import { people, type TeamName } from './people.ts'
import type { Team, TeamMember } from './rows.ts'

const names: readonly TeamName[] = ['Web', 'Mobile', 'Platform', 'Customer Care']

/** The four teams. */
export const teams: readonly Team[] = names.map((name, index) => ({ id: index + 1, name }))

/** By how much the waste of a team's members grows from the first week to the last, from 0 to 1. */
export const driftOf: Readonly<Record<TeamName, number>> = { Web: 0.05, Mobile: -0.06, Platform: 0, 'Customer Care': 0 }

/** Who was in which team when, over so many weeks from a Monday on: from the Monday of a week to the Sunday of one. */
export function teamMembersFrom(firstMonday: number, weekCount: number): TeamMember[] {
  const mondayOf = (weeksAgo: number) => firstMonday + (weekCount - 1 - weeksAgo) * 7
  return people.flatMap(({ id, stays }) =>
    stays.map(({ team, from = weekCount - 1, to }) => ({
      team_id: names.indexOf(team) + 1,
      employee_id: id,
      starts_on: isoDate(mondayOf(from)),
      ends_on: to === undefined ? null : isoDate(mondayOf(to) + 6),
    })),
  )
}
