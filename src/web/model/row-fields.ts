/** A refused row as its fields, each with what is wrong with it. */

interface Problem {
  code: string
  /** The source's own name of the column; null where it is the row as a whole. */
  field: string | null
  message: string
}

export interface RowField<P extends Problem> {
  name: string
  value: unknown
  /** The row has it; else a problem is about what isn't there. */
  isThere: boolean
  problems: P[]
}

/**
 * The fields in the order in which they came, those that are missing last; and the problems that are of no field. One that
 * is about something inside a field (`author.accountId`) is of that field.
 */
export function fieldsOf<P extends Problem>(
  row: Readonly<Record<string, unknown>>,
  problems: readonly P[],
): { fields: RowField<P>[]; ofRow: P[] } {
  const fields = new Map<string, RowField<P>>(
    Object.entries(row).map(([name, value]) => [name, { name, value, isThere: true, problems: [] }]),
  )
  const ofRow: P[] = []
  for (const problem of problems) {
    if (problem.field === null) {
      ofRow.push(problem)
      continue
    }
    const name = holderOf(problem.field, fields) ?? problem.field
    const field = fields.get(name) ?? { name, value: undefined, isThere: false, problems: [] }
    field.problems.push(problem)
    fields.set(name, field)
  }
  return { fields: [...fields.values()], ofRow }
}

function holderOf(path: string, fields: ReadonlyMap<string, unknown>): string | undefined {
  const names = path.split('.')
  return names.map((_, index) => names.slice(0, names.length - index).join('.')).find((name) => fields.has(name))
}

/** A value as JSON has it, so that text and number, empty and blank are told apart; nested ones over several lines. */
export function valueText(value: unknown): string {
  try {
    return JSON.stringify(value, null, 2) ?? String(value)
  } catch {
    return 'nested too deep to be shown'
  }
}

/** A whole number of so many digits is not what came: the page's own numbers hold 15. */
export function isRounded(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
}

/** The beginning of a long text, by whole characters; undefined where it is short enough. */
export function beginning(text: string, most = 200): string | undefined {
  if (text.length <= most * 1.25) return undefined
  return text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '')
}
