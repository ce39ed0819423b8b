/** An operation as a whole is let through or refused, before anything of it is run, by whatever way it came. */

import type { ApolloServerPlugin } from '@apollo/server'
import {
  type DocumentNode,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  type OperationDefinitionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { getMetadataStorage } from 'type-graphql'
import { type Caller, Role } from '../../model/caller.ts'
import { ForbiddenError } from '../../model/errors.ts'
import type { RequestContext } from '../request-context.ts'
import { isAllowed, type Rule, whoMay } from './rules.ts'
import { isForIngesters, isForLimitedViewers } from './types.ts'

/** By whom a field of a root may be asked for, by `Query.activities` and the like. */
export function rulesOfRoots(): ReadonlyMap<string, readonly Rule[]> {
  const { queries, mutations, subscriptions } = getMetadataStorage()
  const roots = { Query: queries, Mutation: mutations, Subscription: subscriptions }
  return new Map(
    Object.entries(roots).flatMap(([root, fields]) =>
      fields.map(({ schemaName, roles }) => [`${root}.${schemaName}`, (roles ?? []) as readonly Rule[]] as const),
    ),
  )
}

export class AccessCheck {
  private readonly schema: GraphQLSchema
  private readonly rules = rulesOfRoots()
  /** What operations ask for, so that it is looked for once. */
  private readonly asked = new WeakMap<OperationDefinitionNode, readonly string[]>()

  constructor(schema: GraphQLSchema) {
    this.schema = schema
  }

  /** Before Apollo Server runs an operation. */
  readonly plugin: ApolloServerPlugin<RequestContext> = {
    requestDidStart: async () => ({
      didResolveOperation: async ({ document, operation, contextValue }) =>
        operation && this.check(document, operation, contextValue.caller),
    }),
  }

  /** @throws ForbiddenError that names a field which the caller may not ask for, and who may. */
  check(document: DocumentNode, operation: OperationDefinitionNode, caller: Caller): void {
    // Whoever may do everything need not be looked at.
    if (caller.role === Role.ADMIN) return
    for (const field of this.fieldsOf(document, operation)) {
      const rules = this.rules.get(field)
      if (rules) {
        if (!isAllowed(rules, caller)) throw forbidden(field, caller, `it may be asked for by ${whoMay(rules)}`)
      } else if (caller.role === Role.INGESTER) {
        if (!isForIngesters(field)) throw forbidden(field, caller, 'an ingester sees what became of its rows')
      } else if (caller.scope && !isForLimitedViewers(field)) {
        throw forbidden(field, caller, 'it tells of more than the people whose numbers you may see')
      }
    }
  }

  /** All fields that an operation may ask for, as `Type.field`, with `:Type` behind those that lead to fields of others; roots without. */
  private fieldsOf(document: DocumentNode, operation: OperationDefinitionNode): readonly string[] {
    const known = this.asked.get(operation)
    if (known) return known
    const info = new TypeInfo(this.schema)
    const found = new Set<string>()
    const used = {
      ...document,
      definitions: document.definitions.filter((each) => each === operation || each.kind === 'FragmentDefinition'),
    }
    visit(
      used,
      visitWithTypeInfo(info, {
        Field: () => {
          const [parent, field] = [info.getParentType(), info.getFieldDef()]
          if (!parent || !field || field.name.startsWith('__') || parent.name.startsWith('__')) return
          const name = `${parent.name}.${field.name}`
          const type = getNamedType(field.type)
          found.add(this.rules.has(name) || !isCompositeType(type) ? name : `${name}:${type.name}`)
        },
      }),
    )
    const fields = [...found]
    this.asked.set(operation, fields)
    return fields
  }
}

function forbidden(field: string, { role, name }: Caller, why: string): ForbiddenError {
  const [path = field] = field.split(':')
  return new ForbiddenError(`"${name}" (${role}) may not ask for ${path}: ${why}.`, { field: path, role })
}
