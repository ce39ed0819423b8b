/** Which quarantined rows are looked at, as the URL says, and what is wrong with them, in words. */
import type { ProblemCode, QuarantineStatus } from '../queries.ts'
import { addDays } from './calendar.ts'
import { count, many } from './figures.ts'

/** What each kind of problem is called, and what to do about it. */
export const PROBLEMS: Readonly<Record<ProblemCode, { title: string; advice: string }>> = {
  MISSING_FIELD: { title: 'Field missing', advice: 'Give it a value in the source.' },
  INVALID_TYPE: { title: 'Wrong type', advice: 'Mend it in the source.' },
  INVALID_TEXT: { title: 'Unusable text', advice: 'Mend it in the source.' },
  INVALID_DATE: { title: 'No such day', advice: 'Mend it in the source.' },
  INVALID_TIME: { title: 'No such time', advice: 'Mend it in the source.' },
  DURATION_OUT_OF_RANGE: { title: 'Duration out of range', advice: 'Mend it in the source, or split it.' },
  UNKNOWN_VALUE_TYPE: { title: 'Unknown value type', advice: 'Mend it, or have rules say it.' },
  UNKNOWN_STEREOTYPE: {
    title: 'Unknown kind of activity',
    advice: 'It comes in by itself when that kind arrives: pull the source, or send it with upsertStereotypes.',
  },
  UNKNOWN_USER: {
    title: 'Unknown person',
    advice: 'It comes in by itself when that person arrives: pull the source, or send them with upsertUsers.',
  },
  UNKNOWN_PROJECT: {
    title: 'Unknown project',
    advice: 'It comes in by itself when that project arrives: pull the source, or send it with upsertProjects.',
  },
  TOO_DEEP: { title: 'Nested too deep', advice: 'Send what the adapter reads.' },
  MALFORMED_ROW: { title: 'Unreadable row', advice: 'Mend the file, or what writes it.' },
  DUPLICATE_IN_BATCH: { title: 'Twice in its batch', advice: 'The newest counts by now: discard it.' },
}

/** What became of rows, as one says it of several. */
export const STATUSES: Readonly<Record<QuarantineStatus, string>> = {
  OPEN: 'Waiting',
  RELEASED: 'Released',
  DISCARDED: 'Discarded',
}

export interface Desk {
  source?: string
  code?: ProblemCode
  /** A column of the source. */
  field?: string
  /** The id of a batch. */
  batch?: string
  status: QuarantineStatus
  /** How many days back rows are counted by day. */
  days: 30 | 90
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** What parameters ask for; what of them means nothing is left out, and told. */
export function deskOf(params: URLSearchParams): { desk: Desk; ignored: { key: string; value: string }[] } {
  const ignored: { key: string; value: string }[] = []
  const given = <Value extends string>(key: string, is: (text: string) => text is Value): Value | undefined => {
    const value = params.get(key)
    if (!value) return undefined
    if (is(value)) return value
    ignored.push({ key, value })
    return undefined
  }
  const desk: Desk = {
    source: params.get('source') || undefined,
    code: given('code', isCode),
    field: params.get('field') || undefined,
    batch: given('batch', isId),
    status: given('status', isStatus) ?? 'OPEN',
    days: params.get('days') === '90' ? 90 : 30,
  }
  return { desk, ignored }
}

function isCode(text: string): text is ProblemCode {
  return Object.hasOwn(PROBLEMS, text)
}

function isStatus(text: string): text is QuarantineStatus {
  return Object.hasOwn(STATUSES, text)
}

function isId(text: string): text is string {
  return UUID.test(text)
}

/** Changes of the URL that choose something else: another choice begins at its first page. */
export function choosing(changes: Readonly<Record<string, string | null>>): Record<string, string | null> {
  return { after: null, before: null, ...changes }
}

/** The changes that choose every row. */
export const EVERY_ROW = choosing({ source: null, code: null, field: null, batch: null })

/** As the API's filter of rows has it. */
export function rowsFilter({ source, code, field, batch }: Desk, status: QuarantineStatus) {
  return { source, code, field, batchId: batch, status }
}

/** As the API selects open rows of one source. */
export function selectionIn({ code, field, batch }: Desk, source: string) {
  return { source, code, field, batchId: batch }
}

/** Tells one choice of rows from another. */
export function deskKey(desk: Desk): string {
  return JSON.stringify(rowsFilter(desk, desk.status))
}

/** `Unknown person in user_id, of demo`; undefined where every row is meant. */
export function deskWords({ source, code, field, batch }: Desk): string | undefined {
  const what = code ? PROBLEMS[code].title : field && 'Problems'
  const whose = [source && `of ${source}`, batch && `refused by batch ${shortId(batch)}`].filter(Boolean).join(', ')
  if (!what) return whose ? `Rows ${whose}` : undefined
  return [field ? `${what} in ${field}` : what, whose].filter(Boolean).join(', ')
}

/** Enough of an id to know it again: of those that are made one after the other the ends differ. */
export function shortId(id: string): string {
  return `…${id.slice(-6)}`
}

interface Days {
  days: readonly { date: string; count: number }[]
}

export interface DayCount {
  date: string
  /** Of the groups that are chosen. */
  chosen: number
  others: number
}

/** Problems of each of so many days up to the given one, none left out. */
export function daily<Group extends Days>(
  groups: readonly Group[],
  last: string,
  days: number,
  isChosen: (group: Group) => boolean = () => true,
): DayCount[] {
  const counts = new Map<string, DayCount>()
  for (let back = days - 1; back >= 0; back--) {
    const date = addDays(last, -back)
    counts.set(date, { date, chosen: 0, others: 0 })
  }
  for (const group of groups) {
    const key = isChosen(group) ? 'chosen' : 'others'
    for (const { date, count: more } of group.days) {
      const day = counts.get(date)
      if (day) day[key] += more
    }
  }
  return [...counts.values()]
}

interface Outcome {
  received: number
  inserted: number
  updated: number
  unchanged: number
  quarantined: number
  superseded: number
}

/** What becomes of replayed rows: `5 are released: 4 as new activities, 1 gave way to a newer version. 2 stay.` */
export function replayWords(
  { received, inserted, updated, unchanged, quarantined, superseded }: Outcome,
  isRehearsal: boolean,
): string {
  const released = received - quarantined
  const ways = [
    inserted > 0 && activities(inserted, 'new'),
    updated > 0 && activities(updated, 'changed'),
    unchanged > 0 && `${count(unchanged)} stored like that already`,
    superseded > 0 && `${count(superseded)} that ${superseded === 1 ? 'gives' : 'give'} way to a newer version`,
  ].filter(Boolean)
  const would = isRehearsal ? 'would be' : released === 1 ? 'was' : 'were'
  const how = ways.length > 0 ? ` (${ways.join(', ')})` : ''
  const stay = isRehearsal ? 'would stay' : quarantined === 1 ? 'stays' : 'stay'
  return `Of ${many(received, 'row')} ${released === 0 ? 'none' : count(released)} ${would} released${how}, and ${quarantined === 0 ? 'none' : count(quarantined)} ${stay}.`
}

function activities(number: number, what: string): string {
  return `${count(number)} ${what} ${number === 1 ? 'activity' : 'activities'}`
}
