import type { Database } from '../cache/database.ts'
import type { Named } from './issued-tokens.ts'

/** Teams by their names, and users by `source:key`, as they are in the cache now; what it doesn't have is left out. */
export function namedIn({ sql }: Pick<Database, 'sql'>): Named {
  const idsOf = async (text: string, names: readonly string[]) =>
    names.length === 0 ? [] : (await sql<{ id: string }>(text, [names])).map(({ id }) => id)
  return {
    teamsNamed: (names) => idsOf('SELECT id FROM team WHERE name = ANY ($1::text[]) ORDER BY id', names),
    usersNamed: (keys) =>
      idsOf(`SELECT id FROM app_user WHERE source || ':' || external_id = ANY ($1::text[]) ORDER BY id`, keys),
  }
}
