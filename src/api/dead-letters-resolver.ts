import { Arg, Args, Authorized, Ctx, ID, Int, Mutation, Query, Resolver } from 'type-graphql'
import { UndeliveredEvent } from '../cache/entities/undelivered-event.ts'
import { countDeadLetters, deadLetters } from '../cache/undelivered.ts'
import { dropDeadLetters, redeliver } from '../dispatch/events/dead-letters.ts'
import { checkReason } from '../source/field-checks.ts'
import type { Rule } from './access/rules.ts'
import { checkIds } from './arguments.ts'
import { type Connection, connectionType } from './connections.ts'
import { Costs } from './cost.ts'
import { connectionOf, encodeCursor, idAfter, Page, pageSize, placeOf } from './pagination.ts'
import type { RequestContext } from './request-context.ts'
import type { Service } from './service.ts'

const LIST = 'deadLetters'

export const DeadLetterConnection = connectionType('DeadLetter', UndeliveredEvent)

/** What subscriptions failed at, and what becomes of it. */
@Resolver()
export class DeadLettersResolver {
  private readonly service: Service

  constructor(service: Service) {
    this.service = service
  }

  @Authorized<Rule>('readAll')
  @Query(() => DeadLetterConnection, {
    description: 'Facts that a subscription failed at for the last time, the newest first. No number depends on them.',
  })
  @Costs({ page: pageSize })
  async deadLetters(
    @Args(() => Page) page: Page,
    @Ctx() { database: { sql } }: RequestContext,
  ): Promise<Connection<UndeliveredEvent>> {
    const place = placeOf(page)
    const found = await deadLetters(sql, { ...place, limit: place.limit + 1, after: idAfter(LIST, place) })
    return connectionOf(place, found, await countDeadLetters(sql), ({ id }) => encodeCursor(LIST, id))
  }

  @Authorized<Rule>('operate')
  @Mutation(() => Int, {
    description:
      'Has dead letters tried again by the subscriptions that failed at them, as if for the first time. Returns how many there are.',
  })
  redeliver(@Arg('ids', () => [ID], { description: 'All of them or none.' }) ids: string[]): Promise<number> {
    checkIds('ids', ids)
    return redeliver(this.service.database, ids)
  }

  @Authorized<Rule>('operate')
  @Mutation(() => Int, {
    description: 'Drops dead letters, which the log keeps with the reason. Returns how many there were.',
  })
  async dropDeadLetters(
    @Arg('ids', () => [ID], { description: 'All of them or none.' }) ids: string[],
    @Arg('reason', { description: 'Why nobody needs to be told any more.' }) reason: string,
  ): Promise<number> {
    checkIds('ids', ids)
    checkReason(reason, 'why nobody needs to be told any more')
    const dropped = await dropDeadLetters(this.service.database, ids)
    for (const { eventId, type, subscription, error } of dropped) {
      this.service.acl.warn({ eventId, type, subscription, error, reason }, 'a dead letter was dropped')
    }
    return dropped.length
  }
}
