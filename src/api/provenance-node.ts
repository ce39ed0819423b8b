import type { GraphQLResolveInfo } from 'graphql'
import { GraphQLBigInt } from 'graphql-scalars'
import { Field, Int, ObjectType } from 'type-graphql'
import { IngestBatch } from '../cache/entities/ingest-batch.ts'
import type { Contribution, Scope, ScopeKind } from '../freshness/read/provenance.ts'
import { CalendarDate } from '../model/calendar.ts'
import { ACTIVITIES, type Stage } from '../stages/stage-graph.ts'
import { ActivityNode } from './activity-node.ts'
import { type Connection, connectionType } from './connections.ts'
import type { Page } from './pagination.ts'

@ObjectType('ProvenanceRead', { simpleResolvers: true, description: 'What a stage reads, and over which days.' })
export class ProvenanceReadNode {
  @Field({ description: '`activities`, or the name of a stage.' })
  stage!: string

  @Field(() => Int, { nullable: true, description: 'The version of that stage; null for activities.' })
  version!: number | null

  @Field(() => String, { nullable: true, description: 'The logic of that stage; null for activities.' })
  logic!: string | null

  @Field(() => CalendarDate, {
    description: 'The first day; earlier than the first of the number where the stage looks back.',
  })
  from!: string

  @Field(() => CalendarDate, { description: 'The last day, included.' })
  to!: string
}

@ObjectType('TimeSums', { simpleResolvers: true, description: 'Time, by whether it added value.' })
export class TimeSums {
  @Field(() => GraphQLBigInt, { description: 'Seconds that added no value.' })
  nvaSeconds!: number

  @Field(() => GraphQLBigInt, { description: 'Seconds that added value.' })
  vaSeconds!: number

  @Field(() => GraphQLBigInt, { description: 'Seconds in all.' })
  totalSeconds!: number
}

@ObjectType('Contribution', { simpleResolvers: true, description: 'An activity that a number is made of.' })
export class ContributionNode {
  @Field(() => ActivityNode, { description: 'The activity, with its source and its key there.' })
  activity!: ActivityNode

  @Field(() => TimeSums, { description: 'What it adds: over all activities these come to the sums of the number.' })
  contribution!: TimeSums

  @Field(() => IngestBatch, {
    nullable: true,
    description:
      'The ingest, pull or replay that made the activity what it is, with its time; null where it was stored before batches were kept with activities.',
  })
  batch!: IngestBatch | null

  @Field(() => Int, { nullable: true, description: 'Which row of that batch it was, from 0.' })
  rowIndex!: number | null
}

export const ContributionConnection = connectionType('Contribution', ContributionNode)

/** The stage that made a number, and which activities it is made of. */
@ObjectType('Provenance', { simpleResolvers: true, description: 'Where a number comes from.' })
export class ProvenanceNode {
  @Field({ description: 'The stage that made it.' })
  stage!: string

  @Field(() => Int, { description: 'The version of that stage.' })
  version!: number

  @Field({ description: 'What identifies the stage with all that it reads, code and columns: a hash.' })
  logic!: string

  @Field(() => [ProvenanceReadNode], { description: 'What the stage reads.' })
  reads!: ProvenanceReadNode[]

  @Field({
    description:
      'Whether the activities are those that the number was made of. False where the number is not up to date: then they are those of now.',
  })
  isExact!: boolean

  readonly asOf: Date | undefined
  readonly scope: Scope
  readonly kind: ScopeKind

  constructor(
    { definition, logic, stages, readsActivities }: Stage,
    kind: ScopeKind,
    scope: Scope,
    known: { isExact: boolean; readFrom: string; asOf?: Date | undefined },
  ) {
    this.stage = definition.name
    this.version = definition.version
    this.logic = logic
    this.isExact = known.isExact
    this.asOf = known.asOf
    this.kind = kind
    this.scope = scope
    const days = { from: known.readFrom, to: scope.to }
    this.reads = [
      ...stages.map((read) => ({
        stage: read.definition.name,
        version: read.definition.version,
        logic: read.logic,
        ...days,
      })),
      ...(readsActivities ? [{ stage: ACTIVITIES, version: null, logic: null, ...days }] : []),
    ]
  }
}

/** A page of what a number is made of, and where in a query it is asked for. */
export interface ContributionsKey {
  provenance: ProvenanceNode
  page: Page
  info: GraphQLResolveInfo
}

export type ContributionPage = Connection<ContributionNode>

export function sumsOf({ nvaSeconds, vaSeconds, totalSeconds }: Contribution): TimeSums {
  return { nvaSeconds, vaSeconds, totalSeconds }
}
