import { Field, Int, ObjectType, registerEnumType } from 'type-graphql'
import type { StaleCause, StaleKind } from '../freshness/read/standing-of-groups.ts'

export enum FreshnessStatus {
  FRESH = 'FRESH',
  STALE = 'STALE',
}

registerEnumType(FreshnessStatus, {
  name: 'FreshnessStatus',
  description: 'Whether numbers reflect what is in the cache.',
  valuesConfig: {
    FRESH: { description: 'All that was in the cache when they were read is in them.' },
    STALE: { description: 'They are those of an earlier time, or are lacking; `causes` says why.' },
  },
})

export const StaleKinds: { [kind in StaleKind]: kind } = { DATA: 'DATA', LOGIC: 'LOGIC', MISSING: 'MISSING' }

registerEnumType(StaleKinds, {
  name: 'StaleKind',
  description: 'Why annotations are not up to date.',
  valuesConfig: {
    DATA: { description: 'Activities changed since, or what is made of them.' },
    LOGIC: { description: 'They were computed by another version of the stage, and not yet by this one.' },
    MISSING: { description: 'They were never computed, or were discarded.' },
  },
})

@ObjectType('StaleCause', {
  simpleResolvers: true,
  description: 'Annotations of a stage that are not up to date for one reason.',
})
export class StaleCauseNode implements StaleCause {
  @Field(() => StaleKinds, { description: 'The reason.' })
  kind!: StaleKind

  @Field({ description: 'Whose annotations: the stage that is shown, or one that it is made of.' })
  stage!: string

  @Field({ description: 'The same in a sentence.' })
  detail!: string

  @Field(() => Int, { description: 'How many days of users (or of projects) with activities lie in them.' })
  userDays!: number
}

@ObjectType('Freshness', {
  simpleResolvers: true,
  description: 'Whether numbers are up to date with the cache, and the cache with its source.',
})
export class FreshnessNode {
  @Field(() => FreshnessStatus, { description: 'Of a group that of its least fresh part.' })
  status!: FreshnessStatus

  @Field(() => Date, {
    nullable: true,
    description:
      'When all of it was last known to be up to date with the cache; null where a part has never been computed.',
  })
  verifiedAt!: Date | null

  @Field(() => [StaleCauseNode], { description: 'None where it is FRESH.' })
  causes!: StaleCause[]

  @Field(() => Date, {
    nullable: true,
    description:
      'When its source was last looked at: a pull began that went well, or rows were sent in; of several sources the earliest. ' +
      'Null where one never was. What the source changed since is in no number.',
  })
  sourceSeenAt!: Date | null

  @Field(() => Int, { nullable: true, description: 'How many seconds ago that was, by the clock of the cache.' })
  sourceSeenSecondsAgo!: number | null
}
