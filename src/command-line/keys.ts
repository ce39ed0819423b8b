/** Keys of a service that asks who it is; the first one is made here. */

import { validate as isUuid } from 'uuid'
import { detailsOf } from '../auth/audited.ts'
import { createKey, revoke } from '../auth/new-key.ts'
import { allKeys, type KnownKey } from '../cache/api-keys.ts'
import { ROLES, type Role } from '../model/caller.ts'
import { BadInputError } from '../model/errors.ts'
import { MisuseError, type OutputOptions, print, table, timeIn } from './output.ts'
import { commandLine, done } from './who.ts'
import { withService } from './with-service.ts'

interface CreateOptions extends OutputOptions {
  role: string
  name: string
  expires: string
  team?: string[]
  user?: string[]
  source?: string[]
}

/** `keys create` */
export async function create({ role, name, expires, team, user, source, ...output }: CreateOptions): Promise<void> {
  if (!ROLES.includes(role as Role)) throw new MisuseError(`--role must be one of ${ROLES.join(', ')}, not ${role}`)
  const expiresAt = expiryOf(expires)
  const made = await withService(async ({ acl, database }) => {
    const request = {
      ...{ name, role: role as Role, expiresAt },
      teamIds: team ? await idsOf(database.sql, TEAM, team) : null,
      userIds: user ? await idsOf(database.sql, USER, user) : null,
      sources: source ?? null,
    }
    const details = detailsOf('createApiKey', request)
    return done(database, 'createApiKey', details, () =>
      createKey(database, request, { by: commandLine().name, sourceNames: [...acl.sources.keys()] }),
    )
  })
  print(output, { ...shownKey(made.key), secret: made.secret }, () =>
    [
      `A key of role ${role} for "${name}", ${expiresAt ? `until ${expiresAt.toISOString()}` : 'without an end'}:`,
      '',
      `  ${made.secret}`,
      '',
      'It is shown this once: keep it where its owner finds it. It is said by "Authorization: Bearer …", or at the page.',
    ].join('\n'),
  )
}

/** `keys list` */
export async function list(output: OutputOptions): Promise<void> {
  const keys = await withService(({ database }) => allKeys(database.sql))
  print(output, keys.map(shownKey), () =>
    keys.length === 0
      ? 'There are no keys: npx steelthread keys create makes one.'
      : table(
          ['id', 'name', 'role', 'limited to', 'expires', 'last used', 'state'],
          keys.map((key) => [
            key.id,
            key.name,
            key.role,
            limitsOf(key),
            day(key.expiresAt),
            moment(key.lastUsedAt),
            stateOf(key),
          ]),
        ),
  )
}

/** `keys revoke <id>` */
export async function revokeById(id: string, output: OutputOptions): Promise<void> {
  if (!isUuid(id)) throw new MisuseError(`<id> must be that of a key, as "keys list" shows it, not ${id}`)
  const key = await withService(({ database }) =>
    done(database, 'revokeApiKey', { id }, () => revoke(database, id.toLowerCase())),
  )
  print(output, shownKey(key), () => `The key "${key.name}" is revoked: it is nobody's from now on.`)
}

interface Kind {
  option: string
  sql: string
}

const TEAM: Kind = { option: '--team', sql: 'SELECT id, name AS label FROM team WHERE name = $1 OR id::text = $1' }
const USER: Kind = {
  option: '--user',
  sql: "SELECT id, source || ':' || external_id AS label FROM app_user WHERE name = $1 OR source || ':' || external_id = $1 OR id::text = $1",
}

type Sql = <Row extends object>(text: string, values?: readonly unknown[]) => Promise<Row[]>

/** @throws BadInputError where a name is nobody's, or that of several. */
async function idsOf(sql: Sql, { option, sql: text }: Kind, names: readonly string[]): Promise<string[]> {
  const ids: string[] = []
  for (const name of names) {
    const found = await sql<{ id: string; label: string }>(text, [name])
    if (found.length === 0) throw new BadInputError(option, `${option}: there is no "${name}".`)
    if (found.length > 1) {
      const labels = found.map(({ label }) => label).join(', ')
      throw new BadInputError(option, `${option}: "${name}" is the name of several; say which: ${labels}.`)
    }
    ids.push(found[0]?.id ?? '')
  }
  return ids
}

/** `90d`, a day, a moment, or `never`. */
function expiryOf(text: string): Date | null {
  if (text === 'never') return null
  const [, days] = /^([1-9]\d{0,4})d$/.exec(text) ?? []
  return days ? new Date(Date.now() + Number(days) * 86_400_000) : timeIn('--expires', text)
}

function limitsOf({ teamIds, userIds, sources }: KnownKey): string | null {
  const parts = [many(teamIds, 'team'), many(userIds, 'user'), sources?.join(', ')]
  return parts.filter(Boolean).join(', ') || null
}

function many(ids: readonly string[] | null, what: string): string | null {
  return ids && `${ids.length} ${what}${ids.length === 1 ? '' : 's'}`
}

function stateOf({ revokedAt, expiresAt }: KnownKey): string {
  if (revokedAt) return 'revoked'
  return expiresAt && expiresAt.getTime() <= Date.now() ? 'expired' : 'valid'
}

function day(time: Date | null): string {
  return time?.toISOString().slice(0, 10) ?? 'never'
}

function moment(time: Date | null): string {
  return time ? `${time.toISOString().slice(0, 16).replace('T', ' ')}` : 'never'
}

function shownKey(key: KnownKey): object {
  return { ...key, state: stateOf(key) }
}
