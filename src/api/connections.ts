import { type ClassType, Field, Int, ObjectType } from 'type-graphql'
import { IngestBatch } from '../cache/entities/ingest-batch.ts'
import { QuarantinedRow } from '../cache/entities/quarantined-row.ts'
import { User } from '../cache/entities/user.ts'
import { ActivityNode } from './activity-node.ts'
import { Costs } from './cost.ts'

@ObjectType({ description: 'Where a page stands in its list.', simpleResolvers: true })
export class PageInfo {
  @Field()
  hasNextPage!: boolean

  @Field()
  hasPreviousPage!: boolean

  @Field(() => String, { nullable: true })
  startCursor!: string | null

  @Field(() => String, { nullable: true })
  endCursor!: string | null
}

/** One page of a list, in the shape of a Relay connection. */
export interface Connection<Node> {
  edges: { cursor: string; node: Node }[]
  nodes: Node[]
  pageInfo: PageInfo
  totalCount: number
}

const OF_PAGE = Costs({ rows: (_, __, page) => page })

export function connectionType<Node extends object>(name: string, node: ClassType<Node>): ClassType<Connection<Node>> {
  @ObjectType(`${name}Edge`, { simpleResolvers: true })
  class Edge {
    @Field()
    cursor!: string

    @Field(() => node)
    node!: Node
  }

  @ObjectType(`${name}Connection`, { simpleResolvers: true })
  class ConnectionOfNode {
    @Field(() => [Edge])
    @OF_PAGE
    edges!: Edge[]

    @Field(() => [node])
    @OF_PAGE
    nodes!: Node[]

    @Field(() => PageInfo)
    pageInfo!: PageInfo

    @Field(() => Int, { description: 'How many there are on all pages.' })
    totalCount!: number
  }
  return ConnectionOfNode
}

export const ActivityConnection = connectionType('Activity', ActivityNode)
export const UserConnection = connectionType('User', User)
export const IngestReportConnection = connectionType('IngestReport', IngestBatch)
export const QuarantinedRowConnection = connectionType('QuarantinedRow', QuarantinedRow)
export type QuarantinedRowConnection = Connection<QuarantinedRow>
