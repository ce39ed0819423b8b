import { type ASTVisitor, GraphQLError, type ValidationContext } from 'graphql'

/**
 * Known operations: every operation is of a kind that the schema has.
 *
 * The executor would say so too late, as a fault of the service.
 */
export function KnownOperationsRule(context: ValidationContext): ASTVisitor {
  const schema = context.getSchema()
  const known = [schema.getQueryType() && 'query', schema.getMutationType() && 'mutation'].filter(Boolean).join(' and ')
  return {
    OperationDefinition(node) {
      if (schema.getRootType(node.operation)) return
      context.reportError(
        new GraphQLError(`There is no ${node.operation} here; the schema has ${known}.`, { nodes: node }),
      )
    },
  }
}
