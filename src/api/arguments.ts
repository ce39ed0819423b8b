import { ArgsType, Field, ID } from 'type-graphql'
import { validate as isUuid } from 'uuid'
import type { Sql } from '../cache/database.ts'
import type { Project } from '../cache/entities/project.ts'
import type { Team } from '../cache/entities/team.ts'
import type { User } from '../cache/entities/user.ts'
import { allUserIds, projectsByIds, usersByIds } from '../cache/reference-reads.ts'
import { teamsByIds } from '../cache/teams.ts'
import { CalendarDate, FIRST_DATE, LAST_DATE, weekEnd } from '../model/calendar.ts'
import { BadInputError } from '../model/errors.ts'
import { few, quoted } from '../model/excerpts.ts'
import type { Window } from '../model/window.ts'
import type { StageGraph } from '../stages/stage-graph.ts'

/** Days from `from` to `to`, both included. */
@ArgsType()
export class RangeArgs {
  @Field(() => CalendarDate, { description: 'The first day. Included.' })
  from!: string

  @Field(() => CalendarDate, { description: 'Included.' })
  to!: string
}

/** A range for some users or for all. */
@ArgsType()
export class UsersRangeArgs extends RangeArgs {
  @Field(() => [ID], { nullable: true, description: 'Everybody, unless told.' })
  userIds?: string[] | null
}

/** @throws BadInputError that names the argument and the id that is none. */
export function checkIds(argument: string, ids: readonly string[]): void {
  const wrong = ids.find((id) => !isUuid(id))
  if (wrong !== undefined) throw new BadInputError(argument, `${argument} must be a UUID; ${quoted(wrong)} is none.`)
}

/** @throws BadInputError where the range ends before it starts. */
export function checkRange(from: string | null | undefined, to: string | null | undefined): void {
  if (from && to && from > to) throw new BadInputError('from', `from (${from}) must not come after to (${to}).`)
}

/** The users of these ids, in the order given. @throws BadInputError that names the ids that there aren't. */
export async function usersOf(sql: Sql, argument: string, ids: readonly string[]): Promise<User[]> {
  checkIds(argument, ids)
  return inOrder('user', argument, ids, await usersByIds(sql, ids))
}

/** The projects of these ids, likewise. */
export async function projectsOf(sql: Sql, argument: string, ids: readonly string[]): Promise<Project[]> {
  checkIds(argument, ids)
  return inOrder('project', argument, ids, await projectsByIds(sql, ids))
}

/** The teams of these ids, likewise. */
export async function teamsOf(sql: Sql, argument: string, ids: readonly string[]): Promise<Team[]> {
  checkIds(argument, ids)
  return inOrder('team', argument, ids, await teamsByIds(sql, ids))
}

function inOrder<T extends { id: string }>(kind: string, argument: string, ids: readonly string[], found: T[]): T[] {
  const byId = new Map(found.map((each) => [each.id, each]))
  const unknown = ids.filter((id) => !byId.has(id.toLowerCase()))
  if (unknown.length > 0) throw new BadInputError(argument, `There is no ${kind} ${few(unknown)}.`)
  return ids.flatMap((id) => byId.get(id.toLowerCase()) ?? [])
}

/** The ids of the users who are asked for, or of all. @throws BadInputError for a range backward and unknown users. */
export async function userIdsOf(sql: Sql, { from, to, userIds }: UsersRangeArgs): Promise<string[]> {
  checkRange(from, to)
  return userIds ? (await usersOf(sql, 'userIds', userIds)).map(({ id }) => id) : allUserIds(sql)
}

/** The range for each of them. */
export async function windowsOf(sql: Sql, range: UsersRangeArgs): Promise<Window[]> {
  return (await userIdsOf(sql, range)).map((userId) => windowOf(userId, range.from, range.to))
}

/** The last day of a week in which there can be activities; `FIRST_DATE` is a Monday. */
const LAST_DAY = weekEnd(LAST_DATE)

/** The range for a subject. Weeks in which there can't be activities are cut off. */
export function windowOf(subjectId: string, from: string, to: string): Window {
  return { subjectId, from: from < FIRST_DATE ? FIRST_DATE : from, to: to > LAST_DAY ? LAST_DAY : to }
}

/** @throws BadInputError that names the stage that there isn't, and those that there are. */
export function checkStage(graph: StageGraph, argument: string, stage: string): void {
  if (!graph.has(stage) && !graph.missing.has(stage)) {
    const names = [...graph.keys(), ...graph.missing.keys()].join(', ')
    throw new BadInputError(argument, `There is no stage ${quoted(stage)}; there is ${names}.`)
  }
}
