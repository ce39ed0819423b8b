import type { Sql } from '../cache/database.ts'
import {
  type Candidate,
  candidatesOf,
  type Deletable,
  deleteByIds,
  deleteSource,
  isKnownSource,
} from '../cache/removals.ts'
import { BadInputError, InUseError } from '../model/errors.ts'
import { few, quoted } from '../model/excerpts.ts'
import type { SourceRemovalCounts } from '../model/messages.ts'
import type { Acl } from './acl.ts'
import { inTurn } from './source-turn.ts'
import { sourceNamed } from './sources.ts'

/**
 * Removes a source with everything that came from it, and forgets how far it was pulled: what is pulled or sent under
 * its name next begins anew. A source that isn't configured any more can be removed too.
 * @throws BadInputError for a name under which nothing was ever kept.
 * @throws SourceBusyError where it is pulled for longer than is waited.
 */
export async function removeSource(acl: Acl, name: string): Promise<SourceRemovalCounts> {
  if (!(await isKnownSource(acl.database.sql, name))) sourceNamed(acl.sources, name, 'name')
  const remove = async (sql: Sql) => {
    const removed = await deleteSource(sql, name)
    await acl.dispatcher.publish(sql, 'source.removed', { source: name, ...removed })
    return removed
  }
  return inTurn(acl, name, () => acl.database.writing([name], remove))
}

/** How many of the records in use an error lists for programs. */
const MOST_REFERENCES = 100

const KINDS: Readonly<Record<Deletable, string>> = {
  app_user: 'user',
  stereotype: 'stereotype',
  project: 'project',
  sprint: 'sprint',
}

/**
 * Deletes users, stereotypes, projects or sprints, all or none. Returns how many there were.
 * @throws BadInputError for ids that aren't there.
 * @throws InUseError where activities refer to one, naming how many.
 */
export async function deleteReferences(acl: Acl, table: Deletable, asked: readonly string[]): Promise<number> {
  const ids = [...new Set(asked.map((id) => id.toLowerCase()))]
  const found = await recordsOf(acl.database.sql, table, ids)
  const sources = found.map(({ source }) => source)
  return acl.database.writing(sources, async (sql) => {
    const locked = await recordsOf(sql, table, ids)
    checkUnused(KINDS[table], locked)
    await deleteByIds(sql, table, ids)
    const count = locked.length
    if (table === 'app_user') await acl.dispatcher.publish(sql, 'users.deleted', { count })
    if (table === 'project') await acl.dispatcher.publish(sql, 'projects.deleted', { count })
    return count
  })
}

async function recordsOf(sql: Sql, table: Deletable, ids: readonly string[]): Promise<Candidate[]> {
  const found = await candidatesOf(sql, table, ids)
  const known = new Set(found.map(({ id }) => id))
  const unknown = ids.filter((id) => !known.has(id))
  if (unknown.length > 0) throw new BadInputError('ids', `There is no ${KINDS[table]} ${few(unknown)}.`)
  return found
}

function checkUnused(kind: string, records: readonly Candidate[]): void {
  const used = records.filter(({ activities }) => activities > 0)
  if (used.length === 0) return
  const said = used.map(
    ({ name, source, activities }) =>
      `${kind} ${quoted(name)} of source "${source}" has ${activities} ${activities === 1 ? 'activity' : 'activities'}`,
  )
  throw new InUseError(`Nothing was deleted, as ${few(said, '; ')}. deleteActivities or removeSource removes those.`, {
    argument: 'ids',
    references: used.slice(0, MOST_REFERENCES).map(({ id, activities }) => ({ id, activities })),
  })
}
