import type { GraphQLResolveInfo } from 'graphql'
import { Arg, Authorized, type ClassType, Ctx, ID, Info, Query, Resolver } from 'type-graphql'
import type { Sql } from '../cache/database.ts'
import { Erasure } from '../cache/entities/erasure.ts'
import { IngestBatch } from '../cache/entities/ingest-batch.ts'
import { Node } from '../cache/entities/node.ts'
import { Project } from '../cache/entities/project.ts'
import { QuarantinedRow } from '../cache/entities/quarantined-row.ts'
import { Sprint } from '../cache/entities/sprint.ts'
import { Stereotype } from '../cache/entities/stereotype.ts'
import { Team } from '../cache/entities/team.ts'
import { UndeliveredEvent } from '../cache/entities/undelivered-event.ts'
import { User } from '../cache/entities/user.ts'
import { erasuresByIds } from '../cache/erasures.ts'
import { batchesByIds } from '../cache/ingest-batches.ts'
import { kindOfNode, type NodeKind } from '../cache/node-kinds.ts'
import { findQuarantined } from '../cache/quarantine-pages.ts'
import { projectsByIds, sprintsByIds, stereotypesByIds, usersByIds } from '../cache/reference-reads.ts'
import { teamsByIds } from '../cache/teams.ts'
import { deadLettersByIds } from '../cache/undelivered.ts'
import type { Rule } from './access/rules.ts'
import { FromCache } from './answer-memory.ts'
import { checkIds } from './arguments.ts'
import type { RequestContext } from './request-context.ts'
import { selectionsOn } from './selection.ts'
import { activityOfId } from './stages/annotate-activities.ts'

/** How what has an id is read, and of which type the API shows it. Activities are read with their annotations. */
const READ: Readonly<Record<Exclude<NodeKind, 'activity'>, (sql: Sql, id: string) => Promise<Node | null>>> = {
  user: as(User, usersByIds),
  project: as(Project, projectsByIds),
  team: as(Team, teamsByIds),
  sprint: as(Sprint, sprintsByIds),
  stereotype: as(Stereotype, stereotypesByIds),
  batch: as(IngestBatch, batchesByIds),
  quarantinedRow: as(QuarantinedRow, findQuarantined),
  erasure: as(Erasure, erasuresByIds),
  deadLetter: as(UndeliveredEvent, deadLettersByIds),
}

/** Of these a limited viewer doesn't even learn that there is one. */
const HIDDEN_KINDS: readonly string[] = ['batch', 'quarantinedRow', 'erasure', 'deadLetter']

@Resolver()
export class NodeResolver {
  @FromCache()
  @Authorized<Rule>('read')
  @Query(() => Node, { nullable: true, description: 'What has this id, whatever it is, or null.' })
  async node(
    @Arg('id', () => ID, { description: 'A UUID.' }) id: string,
    @Info() info: GraphQLResolveInfo,
    @Ctx() context: RequestContext,
  ): Promise<Node | null> {
    checkIds('id', [id])
    const { sql } = context.database
    const kind = await kindOfNode(sql, id)
    if (kind === null || (context.caller.scope && HIDDEN_KINDS.includes(kind))) return null
    return kind === 'activity' ? activityOfId(context, id, selectionsOn(info, 'Activity')) : READ[kind](sql, id)
  }
}

function as<T extends Node>(Type: ClassType<T>, byIds: (sql: Sql, ids: readonly string[]) => Promise<T[]>) {
  return async (sql: Sql, id: string): Promise<T | null> => {
    const [found] = await byIds(sql, [id])
    return found ? Object.assign(new Type(), found) : null
  }
}
