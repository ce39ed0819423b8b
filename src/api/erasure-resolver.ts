import { Arg, Authorized, ID, Mutation, Resolver } from 'type-graphql'
import { Erasure } from '../cache/entities/erasure.ts'
import { eraseUser } from '../source/erase-user.ts'
import type { Rule } from './access/rules.ts'
import { checkIds } from './arguments.ts'
import type { Service } from './service.ts'

@Resolver()
export class ErasureResolver {
  private readonly service: Service

  constructor(service: Service) {
    this.service = service
  }

  @Authorized<Rule>('administer')
  @Mutation(() => Erasure, {
    description:
      'Erases a user with everything that is of that person: activities, annotations, slices, days in teams, quarantined rows, and rows of ' +
      'kept batches. It can’t be taken back. Rows that come of the user later are of an unknown one.',
  })
  eraseUser(
    @Arg('id', () => ID, { description: 'A UUID.' }) id: string,
    @Arg('reason', { description: 'Why; kept for ever, so it must not say who it was.' }) reason: string,
  ): Promise<Erasure> {
    checkIds('id', [id])
    return eraseUser(this.service.acl, id.toLowerCase(), reason)
  }
}
