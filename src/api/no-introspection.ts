import { type ASTVisitor, GraphQLError, type ValidationContext } from 'graphql'

/**
 * No introspection: no operation asks for the schema.
 *
 * As graphql-js' own rule, which doesn't say what to do.
 */
export function NoIntrospectionRule(context: ValidationContext): ASTVisitor {
  return {
    Field(node) {
      const { value: name } = node.name
      if (name !== '__schema' && name !== '__type') return
      const message =
        `The schema isn't told here, so ${name} can't be asked for, and GraphiQL doesn't know it: ` +
        'look into schema/schema.graphql of the build, or set ALLOW_INTROSPECTION=yes.'
      context.reportError(new GraphQLError(message, { nodes: node }))
    },
  }
}
