import { type ClassType, Field, Int, ObjectType } from 'type-graphql'
import { IngestBatch } from '../cache/entities/ingest-batch.ts'
import { Project } from '../cache/entities/project.ts'
import { QuarantinedRow } from '../cache/entities/quarantined-row.ts'
import { Sprint } from '../cache/entities/sprint.ts'
import { Stereotype } from '../cache/entities/stereotype.ts'
import { Team } from '../cache/entities/team.ts'
import { User } from '../cache/entities/user.ts'
import { ActivityNode } from './activity-node.ts'
import { Costs } from './cost.ts'

@ObjectType({ description: 'Where a page stands in its list.', simpleResolvers: true })
export class PageInfo {
  @Field({
    description: 'Whether there are more after it; of a page that goes backward, whether it began at a cursor.',
  })
  hasNextPage!: boolean

  @Field({
    description: 'Whether there are more before it; of a page that goes forward, whether it began at a cursor.',
  })
  hasPreviousPage!: boolean

  @Field(() => String, { nullable: true, description: 'The place of its first; null where the page is empty.' })
  startCursor!: string | null

  @Field(() => String, { nullable: true, description: 'The place of its last; null where the page is empty.' })
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
  @ObjectType(`${name}Edge`, { simpleResolvers: true, description: 'One of a list, and its place.' })
  class Edge {
    @Field({ description: 'Its place in the list: what comes after it, or before it, is asked for by that.' })
    cursor!: string

    @Field(() => node, { description: 'The one.' })
    node!: Node
  }

  @ObjectType(`${name}Connection`, { simpleResolvers: true, description: 'One page of a list.' })
  class ConnectionOfNode {
    @Field(() => [Edge], { description: 'Those on the page, each with its place.' })
    @OF_PAGE
    edges!: Edge[]

    @Field(() => [node], { description: 'Those on the page.' })
    @OF_PAGE
    nodes!: Node[]

    @Field(() => PageInfo, { description: 'Where the page stands in the list.' })
    pageInfo!: PageInfo

    @Field(() => Int, { description: 'How many there are on all pages.' })
    totalCount!: number
  }
  return ConnectionOfNode
}

export const ActivityConnection = connectionType('Activity', ActivityNode)
export const UserConnection = connectionType('User', User)
export const StereotypeConnection = connectionType('Stereotype', Stereotype)
export const ProjectConnection = connectionType('Project', Project)
export const SprintConnection = connectionType('Sprint', Sprint)
export const TeamConnection = connectionType('Team', Team)
export const IngestReportConnection = connectionType('IngestReport', IngestBatch)
export const QuarantinedRowConnection = connectionType('QuarantinedRow', QuarantinedRow)
export type QuarantinedRowConnection = Connection<QuarantinedRow>
