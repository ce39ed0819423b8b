import { type ASTVisitor, GraphQLError, OperationTypeNode, type ValidationContext } from 'graphql'

/**
 * Known operations: every operation is of a kind that is answered at once.
 *
 * The executor would say so too late, as a fault of the service.
 */
export function KnownOperationsRule(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(node) {
      if (node.operation !== OperationTypeNode.SUBSCRIPTION) return
      context.reportError(
        new GraphQLError(
          'A subscription is not answered by one answer: accept text/event-stream, or ask by a WebSocket of graphql-transport-ws, both at /graphql.',
          { nodes: node },
        ),
      )
    },
  }
}
