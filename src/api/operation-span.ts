/** An operation, for who traces it. What a client calls it is the client's. */
export function operationSpan(type: string) {
  return { name: `graphql ${type}`, words: () => ({ 'graphql.operation.type': type }) }
}
