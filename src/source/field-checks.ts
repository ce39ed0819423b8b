import type { ActivityRecord } from '../model/activity.ts'
import { addDays, FIRST_DATE, isIsoDate, LAST_DATE } from '../model/calendar.ts'
import { BadInputError } from '../model/errors.ts'
import { ExactNumber, jsonText } from '../model/exact-json.ts'
import { cut } from '../model/excerpts.ts'
import { type Problem, ProblemCode } from '../model/problem.ts'
import type { SourceRow } from '../model/source-row.ts'
import { normalKey } from './normal-key.ts'
import type { Translation } from './source-adapter.ts'

const KEY_LENGTH = 200
const LONGEST_REASON = 2_000
const LONGEST_EXCERPT = 59
const LONGEST_SECONDS = 86_400
const ROUNDED_SECONDS = 0.001
const LONGEST_SPRINT_DAYS = 366

/** Some days beyond those that there may be, as zones differ. */
const EARLIEST_MS = Date.parse('1899-12-30')
const LATEST_MS = Date.parse('2201-01-02')

const DECIMAL = /^-?\d+(\.\d*)?$|^-?\d+(\.\d+)?e-\d+$/
const MOMENT = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?))?\s*(\S*)$/
const ZONE = /^(Z|UTC|[+-]\d{2}(:?\d{2})?)$/i

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ...['true', 't', 'yes', 'y', '1'].map((text) => [text, true] as const),
  ...['false', 'f', 'no', 'n', '0'].map((text) => [text, false] as const),
])

/** Reads a row's fields one by one and collects what is wrong with them. */
export class FieldChecks {
  readonly problems: Problem[] = []
  private readonly row: SourceRow

  constructor(row: SourceRow) {
    this.row = row
  }

  /** A key of the source: text or a whole number. Both are kept as text. */
  key(field: string): string {
    const value = this.present(field)
    if (value === undefined) return ''
    if (isWhole(value) && /^-?\d+$/.test(String(value))) return this.text(field, String(value))
    if (typeof value !== 'string') return this.refuse(ProblemCode.INVALID_TYPE, field, 'must be text or a whole number')
    return this.text(field, value)
  }

  /** The same where a row may have none: then null. */
  keyOrNone(field: string): string | null {
    return this.row[field] === undefined || this.row[field] === null ? null : this.key(field)
  }

  /** An ISO date, 1900-01-01 to 2200-12-31. */
  date(field: string): string {
    const value = this.present(field)
    if (value === undefined) return ''
    const right = 'must be an ISO date such as "2026-03-02"'
    if (typeof value !== 'string') return this.refuse(ProblemCode.INVALID_TYPE, field, right)
    if (!isIsoDate(value)) return this.refuse(ProblemCode.INVALID_DATE, field, right)
    return this.inRange(field, value)
  }

  /** The same of text such as "3/2/2026", the month first. */
  americanDate(field: string): string {
    const value = this.present(field)
    if (value === undefined) return ''
    const [, month = '', day = '', year = ''] = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(plainText(value).trim()) ?? []
    const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
    if (isIsoDate(date)) return this.inRange(field, date)
    return this.refuse(ProblemCode.INVALID_DATE, field, 'must be a date such as "03/02/2026", the month first')
  }

  /** Whole seconds, 0 to 86,400. What hours kept as floats leave over, up to a millisecond, is rounded away. */
  seconds(field: string): number {
    const value = this.present(field)
    if (value === undefined) return 0
    const right = `must be a whole number of seconds from 0 to ${LONGEST_SECONDS}`
    const number = typeof value === 'number' || value instanceof ExactNumber ? Number(String(value)) : Number.NaN
    const seconds = Math.round(number)
    if (!(Math.abs(number - seconds) <= ROUNDED_SECONDS)) {
      this.refuse(ProblemCode.INVALID_TYPE, field, right)
      return 0
    }
    return this.within(field, seconds)
  }

  /** Whole seconds, likewise, of hours: a number, or text such as "1.5". Fractions of a second are rounded away. */
  hours(field: string): number {
    return this.units(field, 3_600, 'hours, from 0 to 24')
  }

  /** The same of minutes. */
  minutes(field: string): number {
    return this.units(field, 60, 'minutes, from 0 to 1,440')
  }

  /** Whole seconds, likewise, of text such as "1:30:00", or "1:30" in hours and minutes. */
  clock(field: string): number {
    const value = this.present(field)
    if (value === undefined) return 0
    const [, hours, minutes, seconds = '0'] =
      /^(\d{1,6}):([0-5]?\d)(?::([0-5]?\d))?$/.exec(plainText(value).trim()) ?? []
    if (hours === undefined) {
      this.refuse(ProblemCode.INVALID_TYPE, field, 'must be a time that was taken, such as "1:30:00"')
      return 0
    }
    return this.within(field, Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds))
  }

  /** A moment, in ms since 1970: text such as "2026-03-02 10:00:00", in UTC where it has no zone of its own. */
  moment(field: string): number {
    const value = this.present(field)
    if (value === undefined) return 0
    const [, date = '', time = '', zone = ''] = (typeof value === 'string' && MOMENT.exec(value.trim())) || []
    const isSound = isIsoDate(date) && (zone === '' || ZONE.test(zone))
    const ms = isSound ? Date.parse(`${date}T${time || '00:00:00'}${zoneOf(zone)}`) : Number.NaN
    if (!Number.isNaN(ms)) return ms
    this.refuse(ProblemCode.INVALID_TIME, field, 'must be a time such as "2026-03-02 10:00:00"')
    return 0
  }

  /** From one moment to another, likewise in seconds; 0 where one of them is wrong. */
  span(from: string, to: string): number {
    const faults = this.problems.length
    const seconds = Math.round((this.moment(to) - this.moment(from)) / 1_000)
    return this.problems.length > faults ? 0 : this.within(to, seconds, `must come from 0 to 24 hours after ${from}`)
  }

  /** The day of a moment by the clocks of a time zone; of UTC where no zone is given. */
  localDay(field: string, zoneField?: string): string {
    const faults = this.problems.length
    const ms = this.moment(field)
    if (this.problems.length > faults) return ''
    if (ms < EARLIEST_MS || ms > LATEST_MS) {
      return this.refuse(ProblemCode.INVALID_DATE, field, `must lie from ${FIRST_DATE} to ${LAST_DATE}`)
    }
    const zone = zoneField === undefined ? 'UTC' : (this.row[zoneField] ?? 'UTC')
    try {
      return this.inRange(field, dayIn(plainText(zone), ms))
    } catch {
      return this.refuse(ProblemCode.INVALID_TIME, zoneField ?? field, 'must be a time zone such as "Europe/Berlin"')
    }
  }

  /** A whole number in a range. */
  whole(field: string, least: number, most: number): number {
    const value = this.present(field)
    if (value === undefined) return least
    const number = typeof value === 'string' && /^-?\d+$/.test(value.trim()) ? Number(value) : value
    if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most) return number
    const isNumber = typeof number === 'number' || number instanceof ExactNumber
    const code = isNumber ? ProblemCode.DURATION_OUT_OF_RANGE : ProblemCode.INVALID_TYPE
    this.refuse(code, field, `must be a whole number from ${least} to ${most}`)
    return least
  }

  /** The day of a moment as it is written, whatever its zone. */
  writtenDay(field: string): string {
    const faults = this.problems.length
    this.moment(field)
    return this.problems.length > faults ? '' : this.inRange(field, String(this.row[field]).trim().slice(0, 10))
  }

  /** Yes or no, in the ways that databases and files say it; null where nothing is said. */
  flag(field: string): boolean | null {
    const value = this.row[field]
    if (value === undefined || value === null || value === '') return null
    const flag = FLAGS.get(plainText(value).trim().toLowerCase())
    if (flag !== undefined) return flag
    this.refuse(ProblemCode.INVALID_TYPE, field, 'must be true or false')
    return null
  }

  /** One of the source's codes of value types, as what it means. */
  valueType<T>(field: string, meanings: Readonly<Record<string, T>>, otherwise: T): T {
    const value = this.present(field)
    if (value === undefined) return otherwise
    const code = typeof value === 'number' ? String(value) : value
    if (typeof code === 'string' && Object.hasOwn(meanings, code)) return meanings[code] ?? otherwise
    const codes = Object.keys(meanings).map((code) => `"${code}"`)
    const fault = typeof value === 'string' ? ProblemCode.UNKNOWN_VALUE_TYPE : ProblemCode.INVALID_TYPE
    this.refuse(fault, field, `must be ${codes.join(' or ')}`)
    return otherwise
  }

  private units(field: string, seconds: number, what: string): number {
    const value = this.present(field)
    if (value === undefined) return 0
    const text = typeof value === 'number' || value instanceof ExactNumber ? String(value) : value
    const number = typeof text === 'string' && DECIMAL.test(text.trim()) ? Number(text) : Number.NaN
    if (Number.isNaN(number)) {
      this.refuse(ProblemCode.INVALID_TYPE, field, `must be a number of ${what}`)
      return 0
    }
    return this.within(field, Math.round(number * seconds), `must be ${what}`)
  }

  private within(
    field: string,
    seconds: number,
    right = `must be a whole number of seconds from 0 to ${LONGEST_SECONDS}`,
  ): number {
    if (seconds < 0 || seconds > LONGEST_SECONDS) this.refuse(ProblemCode.DURATION_OUT_OF_RANGE, field, right)
    return seconds
  }

  private inRange(field: string, date: string): string {
    if (date >= FIRST_DATE && date <= LAST_DATE) return date
    return this.refuse(ProblemCode.INVALID_DATE, field, `must lie from ${FIRST_DATE} to ${LAST_DATE}`)
  }

  private text(field: string, value: string): string {
    const key = normalKey(value)
    const fault = textFault(key)
    return fault ? this.refuse(ProblemCode.INVALID_TEXT, field, fault) : key
  }

  private present(field: string): unknown {
    const value = this.row[field]
    if (value !== undefined && value !== null) return value
    this.problems.push({ code: ProblemCode.MISSING_FIELD, field, message: `${field} is missing` })
    return undefined
  }

  private refuse(code: ProblemCode, field: string, right: string): '' {
    this.problems.push({ code, field, message: `${field} ${right}, not ${excerpt(this.row[field])}` })
    return ''
  }
}

/** What became of a row: the record, unless something was wrong with it; then its day, unless that was. */
export function translated({ problems }: FieldChecks, record: ActivityRecord): Translation {
  return problems.length === 0 ? { record } : { problems, date: record.date || null }
}

/** A row's own key where it has a usable one: quarantined rows are found by it. */
export function usableKey(row: SourceRow, field: string): string | null {
  const value = row[field]
  // Whatever is nested is no key, and may be too deep to say more of it.
  if (typeof value === 'object' && !(value instanceof ExactNumber)) return null
  const key = new FieldChecks(row).key(field)
  return key === '' ? null : key
}

/** What is wrong with a text as a key, a name or a line, or nothing. */
export function textFault(text: string, longest = KEY_LENGTH): string | undefined {
  if (text.trim() === '') return 'must not be blank'
  if (text.length > longest) return `must have at most ${longest} characters`
  if (/\p{Cc}/u.test(text)) return 'must not hold control characters'
  if (/\p{Cs}/u.test(text)) return 'must be well-formed Unicode'
  return undefined
}

/** @throws BadInputError for a reason that can't be kept. @param says What it says. */
export function checkReason(reason: string, says: string): void {
  const fault = textFault(reason, LONGEST_REASON)
  if (fault) throw new BadInputError('reason', `reason ${fault}; it says ${says}.`)
}

/** What is wrong with the dates of a sprint, or nothing. */
export function sprintFault(startDate: string, endDate: string): string | undefined {
  if (startDate < FIRST_DATE || endDate > LAST_DATE) return `must lie from ${FIRST_DATE} to ${LAST_DATE}`
  if (endDate < startDate) return 'must not end before it starts'
  return endDate > addDays(startDate, LONGEST_SPRINT_DAYS - 1)
    ? `must span at most ${LONGEST_SPRINT_DAYS} days`
    : undefined
}

/** A whole number, however large. */
function isWhole(value: unknown): value is number | ExactNumber {
  return value instanceof ExactNumber ? value.isWhole : Number.isInteger(value)
}

function excerpt(value: unknown): string {
  return cut(jsonText(value) ?? String(value), LONGEST_EXCERPT)
}

/** A zone as JavaScript reads it: "+02:00". */
function zoneOf(zone: string): string {
  const [, sign, hours, minutes = '00'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? []
  return sign ? `${sign}${hours}:${minutes}` : 'Z'
}

const clocks = new Map<string, Intl.DateTimeFormat>()

/** The ISO date of a moment in a time zone. @throws RangeError where there is no such zone. */
function dayIn(zone: string, ms: number): string {
  let clock = clocks.get(zone)
  if (!clock) {
    // Canada writes dates as ISO does.
    clock = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })
    clocks.set(zone, clock)
  }
  return clock.format(ms)
}

/** A value as text; what is nested, which may be anything, is none. */
export function plainText(value: unknown): string {
  return value === null || value === undefined || (typeof value === 'object' && !(value instanceof ExactNumber))
    ? ''
    : String(value)
}
