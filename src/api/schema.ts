import 'reflect-metadata'
import { type GraphQLSchema, isObjectType } from 'graphql'
import { type BuildSchemaOptions, buildSchema } from 'type-graphql'
import { audited, detailsOf } from '../auth/audited.ts'
import type { Told } from '../live/live.ts'
import { ownStages } from '../stages/index.ts'
import { authChecker } from './access/rules.ts'
import { type ActivityNode, type AnnotationsArgs, STAGE_FIELDS } from './activity-node.ts'
import { ActivityResolver } from './activity-resolver.ts'
import { AuditResolver } from './audit-resolver.ts'
import { CompletenessResolver } from './completeness-resolver.ts'
import { DeadLettersResolver } from './dead-letters-resolver.ts'
import { ErasureResolver } from './erasure-resolver.ts'
import { ExplainChangeResolver } from './explain-change-resolver.ts'
import { FreshnessResolver } from './freshness-resolver.ts'
import { HistoryResolver } from './history/activity-history-resolver.ts'
import { CompareTimesResolver } from './history/compare-times-resolver.ts'
import { IngestResolver, QuarantinedRowResolver } from './ingest-resolver.ts'
import { KeptRowsResolver } from './kept-rows-resolver.ts'
import { KeysResolver } from './keys-resolver.ts'
import { limitLists } from './list-limits.ts'
import { type LiveContext, LiveResolver, shownFact } from './live/live-resolver.ts'
import { NodeResolver } from './node-resolver.ts'
import { ProjectResolver } from './project-resolver.ts'
import { AnnotationProvenanceResolver, ProvenanceResolver } from './provenance-resolver.ts'
import { QuarantineToolsResolver } from './quarantine-tools-resolver.ts'
import { ReprocessResolver } from './reprocess-resolver.ts'
import type { RequestContext } from './request-context.ts'
import { scalarsMap } from './scalars.ts'
import type { Service } from './service.ts'
import { SourceResolver } from './source-resolver.ts'
import { SprintResolver } from './sprint-resolver.ts'
import { StageResolver } from './stage-resolver.ts'
import { annotationResolvers } from './stages/annotation-resolvers.ts'
import { withNamedSeconds } from './stages/seconds.ts'
import { totalsResolvers } from './stages/totals-resolvers.ts'
import { withDescribedValues } from './stages/value-descriptions.ts'
import { StereotypeResolver } from './stereotype-resolver.ts'
import { TeamResolver } from './team-resolver.ts'
import { UserResolver } from './user-resolver.ts'
import { ValueRulesResolver } from './value-rules-resolver.ts'
import { CompareVersionsResolver } from './versions/compare-resolver.ts'
import { VersionCountsResolver, VersionsResolver } from './versions/versions-resolver.ts'
import { WasteGroupsResolver } from './waste-groups-resolver.ts'
import { WasteResolver } from './waste-resolver.ts'

const resolvers = [
  ActivityResolver,
  UserResolver,
  StereotypeResolver,
  ProjectResolver,
  TeamResolver,
  SprintResolver,
  WasteResolver,
  WasteGroupsResolver,
  ExplainChangeResolver,
  CompletenessResolver,
  FreshnessResolver,
  AnnotationProvenanceResolver,
  ProvenanceResolver,
  StageResolver,
  CompareVersionsResolver,
  VersionsResolver,
  VersionCountsResolver,
  IngestResolver,
  QuarantinedRowResolver,
  KeptRowsResolver,
  SourceResolver,
  QuarantineToolsResolver,
  ReprocessResolver,
  ErasureResolver,
  DeadLettersResolver,
  ValueRulesResolver,
  KeysResolver,
  AuditResolver,
  LiveResolver,
  NodeResolver,
  HistoryResolver,
  CompareTimesResolver,
  ...ownStages.flatMap((stage) => [...annotationResolvers(stage), ...totalsResolvers(stage)]),
] as const

/** The schema, with resolvers that stand on the service; without one it can only be printed. */
export async function apiSchema(service?: Service): Promise<GraphQLSchema> {
  const instances = new Map<object, object>()
  const get: Extract<BuildSchemaOptions['container'], { get: unknown }>['get'] = (resolver) => {
    if (!service) throw new Error('Broken invariant: this schema was built without a service.')
    const instance = instances.get(resolver) ?? new resolver(service)
    instances.set(resolver, instance)
    return instance
  }
  const schema = await buildSchema({
    resolvers: resolvers as unknown as BuildSchemaOptions['resolvers'],
    orphanedTypes: ownStages.map((stage) => stage.output),
    scalarsMap,
    validate: true,
    container: { get },
    pubSub: NO_PUB_SUB,
    authChecker: authChecker as never,
  })
  const described = withDescribedValues(withNamedSeconds(withDescribedRoots(schema)))
  return limitLists(plainEvents(withoutPromises(withAudit(described, service))))
}

/** type-graphql has no place for what the roots say of themselves. */
function withDescribedRoots(schema: GraphQLSchema): GraphQLSchema {
  const descriptions = {
    Query: 'What can be asked. Nothing is changed by it.',
    Mutation: 'What can be changed. Those of one request are done one after the other.',
    Subscription: 'What can be waited for: whatever happens is told as it happens.',
  }
  for (const [name, description] of Object.entries(descriptions)) {
    Object.assign(schema.getType(name) ?? {}, { description })
  }
  return schema
}

/** What activities have at hand is given at once: type-graphql would make a promise for each of them. */
function withoutPromises(schema: GraphQLSchema): GraphQLSchema {
  const activity = schema.getType('Activity')
  const fields = isObjectType(activity) ? activity.getFields() : {}
  const annotations = fields.annotations
  if (!annotations) throw new Error('Broken invariant: activities have no annotations.')
  annotations.resolve = (node: ActivityNode, args: AnnotationsArgs) => node.annotations(args)
  for (const name of STAGE_FIELDS) Object.assign(fields[name] ?? {}, { resolve: undefined })
  return schema
}

/** Of these nothing comes but an answer. */
const CHANGES_NOTHING = ['previewReplay']

/** Every mutation is written down, whoever adds one. */
function withAudit(schema: GraphQLSchema, service: Service | undefined): GraphQLSchema {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const { name: action, resolve } = field
    if (!service || !resolve || CHANGES_NOTHING.includes(action)) continue
    field.resolve = (root, args, context: RequestContext, info) => {
      const { caller, gathered } = context
      const deed = { caller, requestId: gathered.requestId ?? null, action, details: detailsOf(action, args) }
      return audited(service.database, deed, async () => resolve(root, args, context, info))
    }
  }
  return schema
}

/** type-graphql asks for one, but each subscription says itself what it subscribes to. */
const NO_PUB_SUB = {
  publish: (): never => {
    throw new Error('Broken invariant: nothing is published by type-graphql.')
  },
  subscribe: (): never => {
    throw new Error('Broken invariant: nothing is subscribed to by type-graphql.')
  },
}

/** Fields give what facts say; the last may be an error. type-graphql would check arguments again for each. */
function plainEvents(schema: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(schema.getSubscriptionType()?.getFields() ?? {})) {
    field.resolve = (told: Told | Error, _, context: LiveContext) => {
      if (told instanceof Error) throw told
      return shownFact(told, context)
    }
  }
  return schema
}
