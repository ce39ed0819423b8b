/** How the whole pipeline stands, in a sentence. Nothing here knows of the document. */
import { count, listed, many } from './figures.ts'

export interface Counts {
  fresh: number
  stale: number
  missing: number
}

export interface Standing {
  sources: readonly { name: string; error: string | null; pulling: boolean; lastSuccess: string | null }[]
  /** Of the versions that answer; null where this process lacks one. */
  counts: readonly (Counts | null)[]
  /** Stages of which this process lacks the version that answers. */
  lacking: readonly string[]
  deadLetters: number
  activities: number
}

/** Null counts add nothing. */
export function sumOf(counts: readonly (Counts | null)[]): Counts {
  const sum = { fresh: 0, stale: 0, missing: 0 }
  for (const each of counts) {
    sum.fresh += each?.fresh ?? 0
    sum.stale += each?.stale ?? 0
    sum.missing += each?.missing ?? 0
  }
  return sum
}

/** What is worst of it. */
export function headline({ sources, lacking, deadLetters, activities }: Standing, locale?: string): string {
  const failing = sources.filter(({ error }) => error).map(({ name }) => name)
  const pulling = sources.filter(({ pulling }) => pulling).map(({ name }) => name)
  const troubles = [
    failing.length > 0 && `${listed(failing)} could not be pulled`,
    lacking.length > 0 && `${listed(lacking)} can’t be answered here`,
    deadLetters > 0 && `${many(deadLetters, 'event', locale)} could not be delivered`,
  ].filter((trouble) => trouble !== false)
  if (troubles.length > 0) return `${troubles.join('; ')}.`
  if (pulling.length > 0) return `${listed(pulling)} ${pulling.length === 1 ? 'is' : 'are'} being pulled.`
  return activities === 0 ? 'Nothing has come in yet.' : 'Everything runs.'
}

/** Whether it is fresh, and what becomes of what is not. */
export function freshSentence({ fresh, stale, missing }: Counts, locale?: string): string {
  if (fresh + stale + missing === 0) return 'There is nothing to compute yet.'
  if (stale + missing === 0) return `All ${many(fresh, 'person-period', locale)} are computed and up to date.`
  if (fresh + stale === 0) return `Nobody has asked for any of ${many(missing, 'person-period', locale)} yet.`
  const parts = [
    `${many(fresh, 'person-period', locale)} ${fresh === 1 ? 'is' : 'are'} up to date`,
    stale > 0 && `${count(stale, 0, locale)} changed since`,
    missing > 0 && `${count(missing, 0, locale)} nobody has asked for yet`,
  ].filter((part) => part !== false)
  return `${parts.join(', ')}.`
}

/** Parts of a bar from 0 to 1; whatever is there at all can be seen. */
export function barParts({ fresh, stale, missing }: Counts, least = 0.02): Counts {
  const all = fresh + stale + missing
  if (all === 0) return { fresh: 0, stale: 0, missing: 0 }
  const seen = (value: number) => (value === 0 ? 0 : Math.max(least, value / all))
  const sum = seen(fresh) + seen(stale) + seen(missing)
  return { fresh: seen(fresh) / sum, stale: seen(stale) / sum, missing: seen(missing) / sum }
}
