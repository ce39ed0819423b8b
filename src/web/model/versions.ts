/** Versions of stages as the URL and people have them. Nothing here knows of the document. */
import { addDays, isDate, mondayOf, type Range } from './calendar.ts'
import { count, hours, many, percent } from './figures.ts'

export interface VersionName {
  stage: string
  version: number
}

/** As one parameter: `waste_trend@3`. */
export function versionText({ stage, version }: VersionName): string {
  return `${stage}@${version}`
}

/** Undefined where the text is none. */
export function versionIn(text: string | null): VersionName | undefined {
  const [, stage, version] = /^([^@]+)@([1-9]\d{0,8})$/.exec(text ?? '') ?? []
  return stage && version ? { stage, version: Number(version) } : undefined
}

const WEEKS = 13

/** The days that two versions are compared over: those that parameters say, else the last 13 weeks. */
export function comparedDays(params: URLSearchParams, today: string): Range {
  const [from, to] = [params.get('from'), params.get('to')]
  if (isDate(from) && isDate(to) && from <= to) return { from, to }
  return { from: addDays(mondayOf(today), -7 * (WEEKS - 1)), to: today }
}

/** A value of an annotation as people read it, by the name of its field: seconds as hours, ratios in percent. */
export function valueText(field: string, value: unknown, locale?: string): string {
  if (value === null || value === undefined) return '–'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  const number =
    typeof value === 'number' || (typeof value === 'string' && /^-?\d+$/.test(value)) ? Number(value) : null
  if (number === null) return String(value)
  if (isSeconds(field)) return `${hours(number, locale)} h`
  if (isRatio(field)) return percent(number, 1, locale)
  const text = count(Math.abs(number), Number.isInteger(number) ? 0 : 2, locale)
  return number < 0 ? `−${text}` : text
}

/** A sum of such values: of ratios it is no ratio. */
export function sumText(field: string, sum: number | null, locale?: string): string {
  if (sum === null) return '–'
  return isRatio(field) ? count(sum, 2, locale) : valueText(field, sum, locale)
}

/** The second less the first, with its sign; null where one is no number. */
export function differenceText(field: string, base: unknown, candidate: unknown, locale?: string): string | null {
  const [first, second] = [numberOf(base), numberOf(candidate)]
  if (first === null || second === null) return null
  const difference = second - first
  if (difference === 0) return '±0'
  const sign = difference > 0 ? '+' : '−'
  const size = Math.abs(difference)
  if (isRatio(field)) return `${sign}${count(100 * size, 1, locale)} points`
  return `${sign}${valueText(field, size, locale)}`
}

function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : null
}

function isSeconds(field: string): boolean {
  return /seconds$/i.test(field)
}

function isRatio(field: string): boolean {
  return /ratio$/i.test(field)
}

export interface PlannedChange {
  toCompute: number
  estimatedSeconds: number | null
}

/** How much is to be computed, and how long that takes as far as it is known. */
export function costText(changes: readonly PlannedChange[], locale?: string): string {
  const toCompute = changes.reduce((sum, change) => sum + change.toCompute, 0)
  if (toCompute === 0) return 'Nothing is to be computed: all of it is there already.'
  const open = changes.filter((change) => change.toCompute > 0)
  const known = open.flatMap(({ estimatedSeconds }) => estimatedSeconds ?? [])
  const seconds = known.reduce((sum, each) => sum + each, 0)
  const what = `${many(toCompute, 'person-period', locale)} ${toCompute === 1 ? 'is' : 'are'} to be computed, each when it is asked for first`
  if (known.length === 0) return `${what}. How long that takes isn’t known yet: this process has computed none so far.`
  const took = seconds < 0.5 ? tookText(0) : `about ${tookText(1_000 * seconds, locale)}`
  if (known.length < open.length) return `${what}: ${took} for those of which it is known.`
  return `${what}: ${took} for ${toCompute === 1 ? 'it' : 'all of them'}.`
}

/** How long something took: `under a second`, `12 s`, `3 min 4 s`, `2 h 5 min`. */
export function tookText(milliseconds: number, locale?: string): string {
  const seconds = Math.round(milliseconds / 1_000)
  if (seconds < 1) return 'under a second'
  if (seconds < 60) return `${count(seconds, 0, locale)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return seconds % 60 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`
  const whole = Math.floor(minutes / 60)
  return minutes % 60 ? `${count(whole, 0, locale)} h ${minutes % 60} min` : `${count(whole, 0, locale)} h`
}
