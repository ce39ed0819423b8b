/** What a stage is called in the API follows from its name: there is no list of stages but the registry. */
import { periods } from '../../periods/index.ts'
import type { StageDefinition } from '../../stages/define-stage.ts'

/** The names of a stage's fields. */
export interface StageNames {
  /** On `Activity`: of itself, its day, its week …; of several where it may lie in several. */
  ofActivity: string
  /** On `User`, or on what else the stage is about: a list over a range. */
  ofSubject: string
  /** Of the query that gives a page of its annotations. */
  annotations: string
  /** Of the query that rolls its sums up. */
  totals: string
}

export function namesOf({ name, period, queries }: StageDefinition): StageNames {
  const one = camelCase(name)
  const many = plural(one)
  return {
    ofActivity: periods[period].kind === 'given' ? many : one,
    ofSubject: many,
    annotations: queries?.annotations ?? one,
    totals: queries?.totals ?? `${one}Totals`,
  }
}

/** What a column is called. */
export function camelCase(name: string): string {
  return name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}

function plural(name: string): string {
  if (/[^aeiou]y$/.test(name)) return `${name.slice(0, -1)}ies`
  return /(s|x|z|ch|sh)$/.test(name) ? `${name}es` : `${name}s`
}
