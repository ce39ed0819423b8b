/** Who may ask for what: each field of a root says one of these by `@Authorized`, and is refused to whoever it isn't for. */
import type { AuthCheckerFn } from 'type-graphql'
import { type Caller, Role } from '../../model/caller.ts'
import { ForbiddenError } from '../../model/errors.ts'

interface RuleOf {
  /** Completes "may be asked for by …". */
  readonly who: string
  allows(caller: Caller): boolean
}

const IS_READER = ({ role }: Caller) => role !== Role.INGESTER

export const RULES = {
  anybody: { who: 'anybody', allows: () => true },
  /** What is read keeps to what a viewer may see. */
  read: { who: 'viewers, operators and admins', allows: IS_READER },
  /** It tells of more than some people. */
  readAll: {
    who: 'viewers who see everything, operators and admins',
    allows: (caller) => IS_READER(caller) && !caller.scope,
  },
  /** It takes rows in, or tells what became of them: of the sources that an ingester may send rows of. */
  ingest: { who: 'ingesters, operators and admins', allows: ({ role }) => role !== Role.VIEWER },
  operate: { who: 'operators and admins', allows: ({ role }) => role === Role.OPERATOR || role === Role.ADMIN },
  administer: { who: 'admins', allows: ({ role }) => role === Role.ADMIN },
} satisfies Record<string, RuleOf>

export type Rule = keyof typeof RULES

/** Whether one of the rules lets somebody in. */
export function isAllowed(rules: readonly Rule[], caller: Caller): boolean {
  return rules.some((rule) => RULES[rule].allows(caller))
}

/** type-graphql asks it once more of each field of a root, after the operation as a whole was looked at. */
export const authChecker: AuthCheckerFn<{ caller: Caller }, Rule> = ({ context }, rules) =>
  isAllowed(rules, context.caller)

/** Says who may ask for a field, in words that follow "may be asked for by". */
export function whoMay(rules: readonly Rule[]): string {
  return rules.map((rule) => RULES[rule].who).join('; ')
}

/** @throws ForbiddenError for a source of which the caller may not send rows. */
export function checkSource({ sources, name }: Caller, source: string): void {
  if (sources && !sources.includes(source)) {
    throw new ForbiddenError(`"${name}" may not send rows of source "${source}", only of ${sources.join(', ')}.`, {
      source,
    })
  }
}
