/** Refused rows by what is wrong with them. Nothing here knows of the document. */

export interface Refused<Code extends string> {
  problems: readonly { code: Code; field: string | null; message: string }[]
}

export interface ProblemGroup<Code extends string> {
  code: Code
  field: string | null
  /** Rows that have it; one with several problems counts for each. */
  rows: number
  /** What is said of the first. */
  example: string
}

/** Those of most rows first. */
export function byProblem<Code extends string>(rows: readonly Refused<Code>[]): ProblemGroup<Code>[] {
  const groups = new Map<string, ProblemGroup<Code>>()
  for (const { problems } of rows) {
    const seen = new Set<string>()
    for (const { code, field, message } of problems) {
      const key = `${code} ${field ?? ''}`
      if (seen.has(key)) continue
      seen.add(key)
      const group = groups.get(key) ?? { code, field, rows: 0, example: message }
      group.rows += 1
      groups.set(key, group)
    }
  }
  return [...groups.values()].sort((a, b) => b.rows - a.rows)
}
