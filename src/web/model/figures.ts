/** Numbers as people read them. Nothing here knows of the document. */

/** The API sends what is larger than a double holds as text. */
export type Whole = number | string | null | undefined

/** `20,054`, or with digits `1.5`. */
export function count(number: Whole, digits = 0, locale?: string): string {
  return Number(number ?? 0).toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** Seconds as hours, never rounded away: `1,635`, `6.5` where they are few, `<0.1`. */
export function hours(seconds: Whole, locale?: string): string {
  const value = Number(seconds ?? 0) / 3600
  const digits = Math.abs(value) < 1000 ? 1 : 0
  const isLost = value !== 0 && Math.abs(value) < 0.5 * 10 ** -digits
  return isLost ? `${value < 0 ? '>−' : '<'}${count(10 ** -digits, digits, locale)}` : count(value, digits, locale)
}

/** The same with its sign: `+3.1`, `−0.4`, `±0`. */
export function signedHours(seconds: Whole, locale?: string): string {
  return signed(Number(seconds ?? 0), (value) => hours(value, locale))
}

/** A ratio as `29%`, or with digits as `28.9%`; a dash where there is none. */
export function percent(ratio: number | null | undefined, digits = 0, locale?: string): string {
  if (ratio === null || ratio === undefined) return '–'
  return ratio.toLocaleString(locale, {
    style: 'percent',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
}

/** A difference of ratios in percentage points: `+3.1`, `−0.4`. */
export function points(difference: number, locale?: string): string {
  return signed(difference, (value) => count(100 * value, Math.abs(100 * value) < 0.095 ? 2 : 1, locale))
}

/** A part of the whole, never rounded away: `46%`, `<1%`. */
export function part(ratio: number, locale?: string): string {
  return ratio > 0 && ratio < 0.005 ? `<${percent(0.01, 0, locale)}` : percent(ratio, 0, locale)
}

/** The beginning of a text that is longer than there is room for. */
export function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text
}

/** `A`, `A and B`, `A, B and 3 more`. */
export function listed(names: readonly string[], most = 3): string {
  const shown = names.length > most ? [...names.slice(0, most - 1), `${names.length - most + 1} more`] : names
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}

/** `1 row`, `20,054 rows`. */
export function many(number: number, what: string, locale?: string): string {
  return `${count(number, 0, locale)} ${what}${number === 1 ? '' : 's'}`
}

function signed(value: number, say: (absolute: number) => string): string {
  if (value === 0) return `±${say(0)}`
  return `${value > 0 ? '+' : '−'}${say(Math.abs(value))}`
}
