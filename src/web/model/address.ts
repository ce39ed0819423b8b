/** What the URL says: everything that a view shows follows from its path and these parameters, so any view is a link. */
import { addDays, dayName, daysIn, fullName, isDate, mondayOf, type Range } from './calendar.ts'

/** Whose time it is; all of it where nothing is said. */
export interface Selection {
  person?: string
  team?: string
  project?: string
  /** The code of a stereotype. */
  kind?: string
  source?: string
}

export const SELECTION_KEYS = ['person', 'team', 'project', 'kind', 'source'] as const

/** Of whom a number is, and of which days: where it comes from is asked for by that. */
export interface Cell extends Selection, Range {
  /** A moment: what became of its rows since. */
  since?: string
}

/** The days that a view is about, and those that they are held against. */
export interface Period extends Range {
  /** Its name among the presets; undefined where the days are free. */
  preset?: PresetName
  before: Range
  /** It isn't over by the reader's calendar. */
  isUnfinished: boolean
}

const PRESETS = {
  'this-week': { label: 'This week', weeks: 1, back: 0 },
  'last-week': { label: 'Last week', weeks: 1, back: 1 },
  '4-weeks': { label: '4 weeks', weeks: 4, back: 0 },
  '13-weeks': { label: '13 weeks', weeks: 13, back: 0 },
  '26-weeks': { label: '26 weeks', weeks: 26, back: 0 },
  '52-weeks': { label: '52 weeks', weeks: 52, back: 0 },
} as const

export type PresetName = keyof typeof PRESETS

export const presets = Object.entries(PRESETS).map(([name, { label }]) => ({ name: name as PresetName, label }))

/** Longer ones the API may refuse. */
const MOST_DAYS = 3 * 366

/**
 * The period that parameters ask for. Where they ask for none, or for one that means nothing, it is the newest week with
 * time in it (`newest` is the newest activity's day), as far as that is over.
 */
export function periodOf(params: URLSearchParams, today: string, newest?: string | null): Period {
  const [from, to, until] = [params.get('from'), params.get('to'), params.get('until')]
  if (isDate(from) && isDate(to) && from <= to)
    return periodFrom({ from: later(from, addDays(to, 1 - MOST_DAYS)), to }, today)
  const name = params.get('period')
  if (name && Object.hasOwn(PRESETS, name)) return presetPeriod(name as PresetName, today)
  const last = isDate(until) ? until : newest
  if (last && mondayOf(last) < mondayOf(today)) {
    if (mondayOf(last) === addDays(mondayOf(today), -7)) return presetPeriod('last-week', today)
    return periodFrom({ from: mondayOf(last), to: addDays(mondayOf(last), 6) }, today)
  }
  return presetPeriod('this-week', today)
}

function presetPeriod(preset: PresetName, today: string): Period {
  const { weeks, back } = PRESETS[preset]
  const monday = addDays(mondayOf(today), -7 * back)
  const to = back > 0 ? addDays(monday, 6) : today
  return { ...periodFrom({ from: addDays(monday, -7 * (weeks - 1)), to }, today), preset }
}

/** The same weekdays as many whole weeks earlier, so that a week is held against a week, and three days of one against three. */
function periodFrom(range: Range, today: string): Period {
  const back = -7 * Math.ceil(daysIn(range) / 7)
  return {
    ...range,
    before: { from: addDays(range.from, back), to: addDays(range.to, back) },
    isUnfinished: range.to >= today,
  }
}

function later(a: string, b: string): string {
  return a > b ? a : b
}

/** What a period is called, after "lost": `this week so far`, `last week`, `in the week of Nov 2, 2026`, or its days. */
export function periodName(period: Period, locale?: string): string {
  const { preset, from } = period
  if (preset === 'this-week') return 'this week so far'
  if (preset === 'last-week') return 'last week'
  if (preset) return `in the ${PRESETS[preset].label} to today`
  return isWholeWeek(period)
    ? `in the week of ${fullName(from, locale)}`
    : `from ${fullName(from, locale)} to ${fullName(period.to, locale)}`
}

/** What the days before it are called, after "more than". */
export function beforeName(period: Period, locale?: string): string {
  if (period.preset === 'this-week') return `last week by ${dayName(period.before.to, locale)}`
  return isWholeWeek(period) ? 'in the week before' : 'in the days before'
}

function isWholeWeek({ from, to }: Range): boolean {
  return from === mondayOf(from) && daysIn({ from, to }) === 7
}

/** The selection that parameters say; empty values are none. */
export function selectionOf(params: URLSearchParams): Selection {
  return Object.fromEntries(SELECTION_KEYS.flatMap((key) => (params.get(key) ? [[key, params.get(key)]] : [])))
}

/** As the API's filter has it. */
export function filterOf({ person, team, project, kind, source }: Selection) {
  return {
    ...(person && { userIds: [person] }),
    ...(team && { teamIds: [team] }),
    ...(project && { projectIds: [project] }),
    ...(kind && { stereotypeCodes: [kind] }),
    ...(source && { sources: [source] }),
  }
}

const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/

const CELL_KEYS = [...SELECTION_KEYS, 'since'] as const

/** A cell as one parameter: `2026-11-23..2026-11-28;person=…;kind=meeting`. */
export function cellText({ from, to, ...cell }: Cell): string {
  const parts = CELL_KEYS.flatMap((key) => (cell[key] ? [`${key}=${encodeURIComponent(cell[key])}`] : []))
  return [`${from}..${to}`, ...parts].join(';')
}

/** Undefined where the text is none. */
export function cellIn(text: string | null): Cell | undefined {
  const [range = '', ...parts] = (text ?? '').split(';')
  const [from, to] = range.split('..')
  if (!isDate(from) || !isDate(to) || from > to) return undefined
  const cell: Cell = { from, to }
  for (const part of parts) {
    const [name, value] = part.split('=')
    const key = CELL_KEYS.find((known) => known === name)
    if (!key || !value) return undefined
    try {
      cell[key] = decodeURIComponent(value)
    } catch {
      return undefined
    }
  }
  return cell.since && !MOMENT.test(cell.since) ? undefined : cell
}

/** An address with some parameters changed; null or '' takes one away. */
export function withParams(
  params: URLSearchParams,
  changes: Readonly<Record<string, string | null | undefined>>,
): string {
  const next = new URLSearchParams(params)
  for (const [key, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === '') next.delete(key)
    else next.set(key, value)
  }
  const text = next.toString()
  return text ? `?${text}` : ''
}
