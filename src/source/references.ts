import type { Sql } from '../cache/database.ts'
import type { Project } from '../cache/entities/project.ts'
import type { Sprint } from '../cache/entities/sprint.ts'
import type { Stereotype } from '../cache/entities/stereotype.ts'
import type { User } from '../cache/entities/user.ts'
import {
  type OfSource,
  type Upserted,
  upsertProjects,
  upsertSprints,
  upsertStereotypes,
  upsertUsers,
} from '../cache/references.ts'
import type { ProjectRecord, SprintRecord, StereotypeRecord, UserRecord } from '../model/activity.ts'
import { BadInputError } from '../model/errors.ts'
import { quoted } from '../model/excerpts.ts'
import { announce, type PullingAcl } from './acl.ts'
import { sprintFault, textFault } from './field-checks.ts'
import { normalKey } from './normal-key.ts'
import { type Replayed, replayUnknown } from './replay.ts'
import { sourceNamed } from './sources.ts'

/** The source of what is made through the API and belongs to no system. */
export const API_SOURCE = 'api'

/** References in the form of records, each key once within its source. */
export interface References {
  users?: readonly OfSource<UserRecord>[]
  stereotypes?: readonly OfSource<StereotypeRecord>[]
  projects?: readonly OfSource<ProjectRecord>[]
  sprints?: readonly OfSource<SprintRecord>[]
}

/** The same as they are stored, in the order given. */
export interface SavedReferences {
  users: User[]
  stereotypes: Stereotype[]
  projects: Project[]
  sprints: Sprint[]
}

/**
 * Stores users, stereotypes, projects and sprints, and lets in what was refused for want of those that are new, all in one
 * transaction.
 * @throws BadInputError for an unknown source, for a text or dates that can't be used, which it names, and for a key that
 * is there twice.
 */
export async function saveReferences(acl: PullingAcl, references: References): Promise<SavedReferences> {
  const users = withNormalKeys(acl, trimmed(references.users ?? [], ['externalId', 'name']))
  const stereotypes = withNormalKeys(acl, trimmed(references.stereotypes ?? [], ['externalId', 'code', 'name']))
  const projects = withNormalKeys(acl, trimmed(references.projects ?? [], ['externalId', 'name', 'client']))
  const sprints = trimmed(references.sprints ?? [], ['name'])
  for (const sprint of sprints) checkDates(sprint)
  for (const records of [users, stereotypes, projects, sprints]) checkDistinct(records)
  const names = [...new Set([...users, ...stereotypes, ...projects, ...sprints].map(({ source }) => source))]

  return acl.database.writing(names, async (sql) => {
    const saved = {
      users: await upsertUsers(sql, users),
      stereotypes: await upsertStereotypes(sql, stereotypes),
      projects: await upsertProjects(sql, projects),
      sprints: await upsertSprints(sql, sprints),
    }
    const replayed = await replayFor(acl, sql, names, saved)
    for (const [name, batch] of replayed) await announce(sql, acl, name, batch.batchId, batch)
    return saved
  })
}

async function replayFor(
  { sources }: PullingAcl,
  sql: Sql,
  names: readonly string[],
  saved: {
    users: readonly Upserted<User>[]
    stereotypes: readonly Upserted<Stereotype>[]
    projects: readonly Upserted<Project>[]
  },
): Promise<[source: string, Replayed][]> {
  const replayed: [string, Replayed][] = []
  for (const name of names) {
    const source = sources.get(name)
    const arrived = {
      users: newKeys(saved.users, name),
      stereotypes: newKeys(saved.stereotypes, name),
      projects: newKeys(saved.projects, name),
    }
    if (!source || arrived.users.size + arrived.stereotypes.size + arrived.projects.size === 0) continue
    const batch = await replayUnknown(sql, source, arrived)
    if (batch) replayed.push([name, batch])
  }
  return replayed
}

function newKeys(saved: readonly Upserted<OfSource<{ externalId: string }>>[], name: string): Set<string> {
  return new Set(saved.filter(({ source, isNew }) => isNew && source === name).map(({ externalId }) => externalId))
}

/** The records with these texts as they are kept. Null stays where a record may lack one. */
function trimmed<T extends object>(records: readonly T[], fields: readonly (keyof T & string)[]): T[] {
  return records.map((record) => {
    const clean = { ...record }
    for (const field of fields) {
      const text = record[field]
      if (typeof text !== 'string') continue
      const fault = textFault(text)
      if (fault) throw new BadInputError(field, `${field} ${fault}.`)
      clean[field] = text.trim() as T[typeof field]
    }
    return clean
  })
}

function checkDates({ name, startDate, endDate }: SprintRecord): void {
  const fault = sprintFault(startDate, endDate)
  if (fault) throw new BadInputError('endDate', `Sprint ${quoted(name)} (${startDate} to ${endDate}) ${fault}.`)
}

function withNormalKeys<T extends OfSource<{ externalId: string }>>(
  { sources }: PullingAcl,
  records: readonly T[],
): T[] {
  return records.map((record) => {
    const { adapter } = sourceNamed(sources, record.source, 'source')
    return { ...record, externalId: normalKey(record.externalId, adapter) }
  })
}

function checkDistinct(records: readonly OfSource<{ externalId: string }>[]): void {
  const seen = new Set<string>()
  for (const { source, externalId } of records) {
    const key = `${source} ${externalId}`
    if (seen.has(key)) {
      throw new BadInputError(
        'input',
        `input must hold each key once; ${quoted(externalId)} is there twice in source ${quoted(source)}.`,
      )
    }
    seen.add(key)
  }
}
