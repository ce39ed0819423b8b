import { randomUUID } from 'node:crypto'

/** A number that JavaScript's own can't hold without losing digits, as it was written. */
export class ExactNumber {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  get isWhole(): boolean {
    return /^-?\d+$/.test(this.text)
  }

  toString(): string {
    return this.text
  }

  /** `jsonText` writes the digits; whatever else writes JSON gets them as text. */
  toJSON(): string {
    if (isWritingExactly) throw NEEDS_DIGITS
    return this.text
  }
}

/** The number that a JSON text says: JavaScript's own where that is the same number. */
export function exactNumber(text: string): number | ExactNumber {
  const value = Number(text)
  // Most are written as JavaScript writes them.
  if (String(value) === text && Number.isFinite(value)) return value
  return Number.isFinite(value) && canonical(String(value)) === canonical(text) ? value : new ExactNumber(text)
}

/**
 * The value of a JSON text, however deep, with every number as it is there.
 * @throws SyntaxError where the text is no JSON.
 */
export function parseJson(text: string): unknown {
  if (!MAY_LOSE.test(text)) return JSON.parse(text)
  try {
    return unmarked(JSON.parse(marked(text)))
  } catch {
    // A text that is no JSON: the reason must speak of the text itself.
    return JSON.parse(text)
  }
}

/**
 * The value as JSON text, however deep, with every exact number's own digits; else as JSON.stringify writes it.
 * @throws RangeError, which `isTooLongForText` knows, where no text is long enough for it.
 */
export function jsonText(value: unknown): string {
  isWritingExactly = true
  try {
    return JSON.stringify(value)
  } catch (error) {
    const isTooDeep = error instanceof RangeError && !isTooLongForText(error)
    if (error !== NEEDS_DIGITS && !isTooDeep) throw error
  } finally {
    isWritingExactly = false
  }
  return written(value)
}

/** Whether a text would have become longer than texts can be. */
export function isTooLongForText(error: unknown): boolean {
  return error instanceof RangeError && error.message === 'Invalid string length'
}

let isWritingExactly = false
const NEEDS_DIGITS = Symbol('an exact number')

/** Finds, outside of texts and seldom inside, every number of more than 15 digits or with an exponent. */
const MAY_LOSE = /(?:^|[[:,\s])-?(?:\d[\d.]{15,}|\d[\d.]*[eE])/
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/g
/** Starts the texts that stand for exact numbers between two steps of `parseJson`; nobody else can know it. */
const MARK = `${randomUUID()} `

/** Sign, digits and exponent, the same for texts that say the same number. */
function canonical(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? []
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  // Not by a pattern, which would look at each of many zeros anew.
  let end = digits.length
  while (digits[end - 1] === '0') end -= 1
  if (end === 0) return '0'
  return `${sign}${digits.slice(0, end)}e${Number(exponent) - fraction.length + digits.length - end}`
}

/** The text with every number that would lose something as a marked text. */
function marked(text: string): string {
  const parts: string[] = []
  for (let at = 0; at < text.length; ) {
    const opening = text.indexOf('"', at)
    const end = opening < 0 ? text.length : opening
    parts.push(text.slice(at, end).replaceAll(NUMBER, (number) => (isExact(number) ? number : `"${MARK}${number}"`)))
    at = opening < 0 ? end : afterText(text, opening)
    parts.push(text.slice(end, at))
  }
  return parts.join('')
}

function isExact(number: string): boolean {
  return typeof exactNumber(number) === 'number'
}

/** The place after the text that starts here: after the next quote that isn't escaped. */
function afterText(json: string, opening: number): number {
  for (let at = opening + 1; at < json.length; at += 1) {
    const closing = json.indexOf('"', at)
    if (closing < 0) return json.length
    let slashes = 0
    while (json[closing - 1 - slashes] === '\\') slashes += 1
    if (slashes % 2 === 0) return closing + 1
    at = closing
  }
  return json.length
}

/** The value with exact numbers in the place of marked texts. */
function unmarked(root: unknown): unknown {
  const holder = { root }
  const open: object[] = [holder]
  for (let container = open.pop(); container; container = open.pop()) {
    for (const [key, value] of Object.entries(container)) {
      if (typeof value === 'object' && value !== null) open.push(value)
      else if (typeof value === 'string' && value.startsWith(MARK)) {
        // Not by assignment: the key may be `__proto__`.
        Object.defineProperty(container, key, { value: new ExactNumber(value.slice(MARK.length)) })
      }
    }
  }
  return holder.root
}

/** As JSON.stringify writes it, without a call for each level. */
function written(root: unknown): string {
  let text = ''
  const open: { values: readonly unknown[]; keys: readonly string[] | null; next: number; isEmpty: boolean }[] = []
  const write = (value: unknown) => {
    if (value instanceof ExactNumber) text += value.text
    else if (Array.isArray(value)) {
      text += '['
      open.push({ values: value, keys: null, next: 0, isEmpty: true })
    } else if (isObject(value)) {
      text += '{'
      open.push({ values: Object.values(value), keys: Object.keys(value), next: 0, isEmpty: true })
    } else text += JSON.stringify(value) ?? 'null'
  }
  write(root)
  for (let container = open.at(-1); container; container = open.at(-1)) {
    const { values, keys, next } = container
    if (next >= values.length) {
      text += keys ? '}' : ']'
      open.pop()
      continue
    }
    container.next += 1
    const value = values[next]
    if (keys && (value === undefined || typeof value === 'function')) continue
    if (!container.isEmpty) text += ','
    container.isEmpty = false
    if (keys) text += `${JSON.stringify(keys[next])}:`
    write(value)
  }
  return text
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !('toJSON' in value && typeof value.toJSON === 'function')
}
