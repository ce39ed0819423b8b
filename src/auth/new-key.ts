/** Makes keys: whose they are, what they allow, and for how long. */
import { insertKey, type KnownKey, revokeKey } from '../cache/api-keys.ts'
import type { Database, Sql } from '../cache/database.ts'
import { usersByIds } from '../cache/reference-reads.ts'
import { teamsByIds } from '../cache/teams.ts'
import { ROLES, Role } from '../model/caller.ts'
import { BadInputError } from '../model/errors.ts'
import { printable } from '../model/excerpts.ts'
import { newIds } from '../model/ids.ts'
import { hashOf, newKeySecret } from './secrets.ts'

/** What a key is to be. */
export interface KeyRequest {
  name: string
  role: Role
  /** Of a viewer: ids of what it is limited to. */
  teamIds?: readonly string[] | null
  userIds?: readonly string[] | null
  /** Of an ingester: of which sources it may send rows; null: of all. */
  sources?: readonly string[] | null
  /** Null: it doesn't expire. */
  expiresAt?: Date | null
}

const LONGEST_NAME = 200

/**
 * Makes a key. Its secret is told this once.
 * @param sourceNames Those that are configured.
 * @throws BadInputError that names what is wrong.
 */
export async function createKey(
  database: Database,
  { name, role, teamIds = null, userIds = null, sources = null, expiresAt = null }: KeyRequest,
  { by, sourceNames }: { by: string; sourceNames: readonly string[] },
): Promise<{ key: KnownKey; secret: string }> {
  if (name.trim() === '' || name.length > LONGEST_NAME) {
    throw new BadInputError('name', `name must say whose the key is and what for, in 1 to ${LONGEST_NAME} characters.`)
  }
  if (printable(name) !== name || !name.isWellFormed()) {
    throw new BadInputError('name', 'name must be one line, without characters that can’t be seen.')
  }
  if (!ROLES.includes(role)) throw new BadInputError('role', `role must be one of ${ROLES.join(', ')}.`)
  if (expiresAt && !(expiresAt.getTime() > Date.now())) {
    throw new BadInputError('expiresAt', 'expiresAt must be a time that lies ahead.')
  }
  if ((teamIds || userIds) && role !== Role.VIEWER) {
    throw new BadInputError(
      teamIds ? 'teamIds' : 'userIds',
      `Only a viewer can be limited to teams or users, not a key of role ${role}.`,
    )
  }
  if (sources && role !== Role.INGESTER) {
    throw new BadInputError('sources', `Only an ingester can be limited to sources, not a key of role ${role}.`)
  }
  const unknown = sources?.find((source) => !sourceNames.includes(source))
  if (unknown !== undefined) {
    throw new BadInputError('sources', `sources names "${unknown}"; there is ${sourceNames.join(', ') || 'none'}.`)
  }
  const [id = ''] = newIds(1)
  const secret = newKeySecret()
  const key = await database.transaction(async (sql) => {
    await checkThere(sql, 'teamIds', teamsByIds, teamIds)
    await checkThere(sql, 'userIds', usersByIds, userIds)
    const given = {
      ...{ id, name: name.trim(), role, expiresAt, createdBy: by },
      ...{ teamIds: listOf(teamIds), userIds: listOf(userIds), sources: listOf(sources) },
    }
    return insertKey(sql, given, hashOf(secret))
  })
  return { key, secret }
}

/** @throws BadInputError where there is no such key. */
export async function revoke(database: Database, id: string): Promise<KnownKey> {
  const key = await database.transaction((sql) => revokeKey(sql, id))
  if (!key) throw new BadInputError('id', `There is no key ${id}.`)
  return key
}

async function checkThere(
  sql: Sql,
  argument: string,
  byIds: (sql: Sql, ids: readonly string[]) => Promise<{ id: string }[]>,
  ids: readonly string[] | null,
) {
  if (!ids) return
  if (ids.length === 0)
    throw new BadInputError(argument, `${argument} must name at least one; leave it out for no limit.`)
  const there = await byIds(sql, ids)
  const missing = ids.find((id) => !there.some((found) => found.id === id.toLowerCase()))
  if (missing !== undefined) throw new BadInputError(argument, `${argument} names ${missing}, which is not there.`)
}

function listOf(names: readonly string[] | null): string[] | null {
  return names && [...new Set(names)]
}
