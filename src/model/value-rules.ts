/** What adds value is for those to say who run the service: rules, and no code. */
import { ActivityType } from './activity.ts'

/** What an activity must be for a rule to say of it whether it adds value: all that is given. */
export interface ValueRule {
  type: ActivityType
  billable?: boolean
  /** Codes of stereotypes, whatever their case. */
  kinds?: readonly string[]
  /** Names of projects, likewise. */
  projects?: readonly string[]
}

/** The first rule that fits counts; where none does, what a row says of itself, and else this. */
export interface ValueRules {
  rules: readonly ValueRule[]
  otherwise: ActivityType
}

/** The usual first reading: what is billed adds value. */
export const BILLED_ADDS_VALUE: ValueRules = {
  rules: [{ type: ActivityType.VALUE_ADD, billable: true }],
  otherwise: ActivityType.NON_VALUE_ADD,
}

/** Rules as text, the same for the same; null for the usual ones. */
export function rulesText(rules: ValueRules): string | null {
  const text = textOf(rules)
  return text === textOf(BILLED_ADDS_VALUE) ? null : text
}

function textOf({ rules, otherwise }: ValueRules): string {
  return JSON.stringify([
    rules.map(({ type, billable, kinds, projects }) => [type, billable, kinds, projects]),
    otherwise,
  ])
}

/** What rules look at. */
export interface Valued {
  type?: ActivityType
  billable?: boolean | null
  /** The code of its stereotype. */
  kind: string
  project: string | null
}

/** What it is, if only by default. */
export function typeOf(rules: ValueRules, activity: Valued): ActivityType {
  return valueOf(rules, activity) ?? rules.otherwise
}

/** Whether it adds value; null where nothing but the default says so. */
export function valueOf({ rules }: ValueRules, activity: Valued): ActivityType | null {
  const rule = rules.find((rule) => fits(rule, activity))
  return rule?.type ?? activity.type ?? null
}

/** Whether a kind is named by some rule, so that whoever wrote the rules knows of it. */
export function isKindNamed({ rules }: ValueRules, kind: string): boolean {
  return rules.some(({ kinds }) => kinds && isAmong(kinds, kind))
}

function fits({ billable, kinds, projects }: ValueRule, activity: Valued): boolean {
  return (
    (billable === undefined || billable === activity.billable) &&
    (kinds === undefined || isAmong(kinds, activity.kind)) &&
    (projects === undefined || (activity.project !== null && isAmong(projects, activity.project)))
  )
}

function isAmong(names: readonly string[], name: string): boolean {
  return names.some((each) => each.trim().toLowerCase() === name.trim().toLowerCase())
}
