import type { SourceRow } from '../model/source-row.ts'
import { openSnapshot } from './drivers/index.ts'
import type { SourceAt } from './drivers/source-snapshot.ts'
import { rowTranslator, type TranslatedRow } from './row-translator.ts'

/** A row as the source has it, and as it is taken. */
export interface CheckedRow {
  row: SourceRow
  translated: TranslatedRow
}

/**
 * Connects to a source, holds its columns against what its adapter needs, and translates its first rows. Nothing is written, and whether
 * their users, kinds and projects are known is not looked at.
 * @throws SourcePullError as a pull would.
 */
export async function checkSource(source: SourceAt, rows: number, signal: AbortSignal): Promise<CheckedRow[]> {
  const snapshot = await openSnapshot(source, signal)
  try {
    await snapshot.checkColumns()
    const translate = rowTranslator(source.adapter)
    const found: CheckedRow[] = []
    for await (const page of snapshot.pages(null, rows)) {
      found.push(...page.rows.map(({ row, key }) => ({ row, translated: translate(row, key) })))
      if (found.length >= rows) break
    }
    return found.slice(0, rows)
  } finally {
    await snapshot.close()
  }
}
