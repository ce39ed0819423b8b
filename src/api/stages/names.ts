/**
 * What a stage is called in the API follows from its name: there is no list of stages but the registry. One annotation is
 * called as the stage is, several by its plural: on their subject, and where a query gives a page of them; what sums them
 * up is `<stage>Totals`. A list that has its plural leaves `<plural>Connection` to the pages. `docs/naming.md` has the
 * scheme whole, and what was called otherwise before.
 */
import { camelCase } from '../../model/camel-case.ts'
import { periods } from '../../periods/index.ts'
import type { StageDefinition } from '../../stages/define-stage.ts'

/** What a query is called, and what it was called before. */
export interface QueryName {
  name: string
  former?: string
}

/** The names of a stage's fields. */
export interface StageNames {
  /** On `Activity`: of itself, its day, its week …; of several where it may lie in several. */
  ofActivity: string
  /** On `User`, or on what else the stage is about: a list over a range. */
  ofSubject: string
  /** Of the query that gives a page of its annotations. */
  annotations: QueryName
  /** Of the query that rolls its sums up. */
  totals: QueryName
}

/** Stages whose pages were called by the stage's own name once. */
const ONCE_SINGULAR = [
  'time_split',
  'waste_trend',
  'sprint_summary',
  'month_summary',
  'project_summary',
  'stereotype_summary',
]

/** Queries for plain lists, which have the plural. */
const LISTS = ['wasteTrends']

export function namesOf({ name, period, queries }: StageDefinition): StageNames {
  const one = camelCase(name)
  const many = plural(one)
  return {
    ofActivity: periods[period].kind === 'given' ? many : one,
    ofSubject: many,
    annotations: renamed(
      LISTS.includes(many) ? `${many}Connection` : many,
      ONCE_SINGULAR.includes(name) ? one : queries?.annotations,
    ),
    totals: renamed(`${one}Totals`, queries?.totals),
  }
}

function renamed(name: string, former: string | undefined): QueryName {
  return former === undefined || former === name ? { name } : { name, former }
}

function plural(name: string): string {
  if (/[^aeiou]y$/.test(name)) return `${name.slice(0, -1)}ies`
  return /(s|x|z|ch|sh)$/.test(name) ? `${name}es` : `${name}s`
}
