import { addDays, FIRST_DATE, isIsoDate, LAST_DATE } from '../model/calendar.ts'
import { ExactNumber, jsonText } from '../model/exact-json.ts'
import { cut } from '../model/excerpts.ts'
import { type Problem, ProblemCode } from '../model/problem.ts'
import type { SourceRow } from '../model/source-row.ts'
import { normalKey } from './normal-key.ts'

const KEY_LENGTH = 200
const LONGEST_EXCERPT = 59
const LONGEST_SECONDS = 86_400
const ROUNDED_SECONDS = 0.001
const LONGEST_SPRINT_DAYS = 366

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
    if (value < FIRST_DATE || value > LAST_DATE) {
      return this.refuse(ProblemCode.INVALID_DATE, field, `must lie from ${FIRST_DATE} to ${LAST_DATE}`)
    }
    return value
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
    if (seconds < 0 || seconds > LONGEST_SECONDS) this.refuse(ProblemCode.DURATION_OUT_OF_RANGE, field, right)
    return seconds
  }

  /** One of the source's codes of value types, as what it means. */
  valueType<T>(field: string, meanings: Readonly<Record<string, T>>, otherwise: T): T {
    const value = this.present(field)
    if (value === undefined) return otherwise
    if (typeof value === 'string' && Object.hasOwn(meanings, value)) return meanings[value] ?? otherwise
    const codes = Object.keys(meanings).map((code) => `"${code}"`)
    const code = typeof value === 'string' ? ProblemCode.UNKNOWN_VALUE_TYPE : ProblemCode.INVALID_TYPE
    this.refuse(code, field, `must be ${codes.join(' or ')}`)
    return otherwise
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
