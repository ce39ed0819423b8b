import { Args, ArgsType, Authorized, Ctx, Field, Query, Resolver } from 'type-graphql'
import { auditEntries, countEntries } from '../cache/audit-log.ts'
import { AuditEntry } from '../cache/entities/audit-entry.ts'
import type { Rule } from './access/rules.ts'
import { type Connection, connectionType } from './connections.ts'
import { Costs } from './cost.ts'
import { connectionOf, encodeCursor, idAfter, Page, pageSize, placeOf } from './pagination.ts'
import type { RequestContext } from './request-context.ts'

const LIST = 'auditLog'

export const AuditEntryConnection = connectionType('AuditEntry', AuditEntry)

@ArgsType()
export class AuditArgs extends Page {
  @Field(() => String, { nullable: true, description: 'Only what was done by this mutation.' })
  action?: string | null

  @Field(() => String, { nullable: true, description: 'Only what this caller did, as `callerId` gives it.' })
  callerId?: string | null

  @Field(() => Date, { nullable: true, description: 'Only what was begun then or later.' })
  since?: Date | null
}

@Resolver()
export class AuditResolver {
  @Authorized<Rule>('administer')
  @Query(() => AuditEntryConnection, {
    description: 'Who changed what, the newest first: every mutation, also those that failed, and what commands did.',
  })
  @Costs({ page: pageSize })
  async auditLog(
    @Args(() => AuditArgs) { action, callerId, since, ...page }: AuditArgs,
    @Ctx() { database: { sql } }: RequestContext,
  ): Promise<Connection<AuditEntry>> {
    const place = placeOf(page)
    const criteria = { action: action ?? null, callerId: callerId ?? null, since: since ?? null }
    const found = await auditEntries(sql, criteria, { ...place, limit: place.limit + 1, after: idAfter(LIST, place) })
    return connectionOf(place, found, await countEntries(sql, criteria), ({ id }) => encodeCursor(LIST, id))
  }
}
