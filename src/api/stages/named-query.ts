import { Authorized, type ClassType, Query } from 'type-graphql'
import type { Rule } from '../access/rules.ts'
import type { QueryName } from './names.ts'

/** A query under its name, and deprecated under the one that it had before. */
export function NamedQuery(
  type: () => ClassType | [ClassType],
  { name, former }: QueryName,
  description: string,
  rule: Rule,
): MethodDecorator {
  return (target, method, descriptor) => {
    Authorized<Rule>(rule)(target, method, descriptor)
    Query(type, { name, description })(target, method, descriptor)
    if (former === undefined) return
    Query(type, { name: former, description, deprecationReason: `Use ${name}.` })(target, method, descriptor)
  }
}
