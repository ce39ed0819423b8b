type Value = string | number | boolean | null

/** A spreadsheet runs text that begins like this as a formula. */
const FORMULA = /^[=+\-@\t\r]/

/** Lines as RFC 4180 has them; text that a spreadsheet would run is told apart by an apostrophe. */
export function toCsv(titles: readonly string[], rows: readonly (readonly Value[])[]): string {
  return [titles, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('')
}

function field(value: Value): string {
  if (typeof value !== 'string') return value === null ? '' : String(value)
  const text = FORMULA.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
