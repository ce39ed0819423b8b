/** What became of rows, as commands print it. */

import type { IngestBatch } from '../cache/entities/ingest-batch.ts'
import type { IngestCounts } from '../cache/ingest-batches.ts'
import type { Refusal } from '../cache/quarantine-pages.ts'
import { printable } from '../model/excerpts.ts'
import { table } from './output.ts'

const COUNTS = ['received', 'inserted', 'updated', 'unchanged', 'quarantined', 'superseded', 'skipped'] as const

/** A report as programs get it. */
export function reportOf(batch: IngestBatch) {
  const { id, source, startedAt, finishedAt, removed, warnings } = batch
  return { id, source, startedAt, finishedAt, ...countsOf(batch), removed, warnings }
}

export function countsOf(counts: IngestCounts): IngestCounts {
  return Object.fromEntries(COUNTS.map((count) => [count, counts[count]])) as unknown as IngestCounts
}

/** The counts as a line each; those of nothing are left out, but for what came in. */
export function countLines(counts: IngestCounts & { removed?: number }): string {
  const rows = [...COUNTS, 'removed' as const].map((count) => [count, counts[count] ?? 0] as const)
  return rows
    .filter(([count, number]) => number > 0 || count === 'received')
    .map(([count, number]) => `${number.toLocaleString('en').padStart(12)} ${count}`)
    .join('\n')
}

export function refusalLines(refusals: readonly Refusal[]): string {
  if (refusals.length === 0) return ''
  const rows = refusals.map(({ code, count, message, rowIndex }) => [code, count, `${message} (row ${rowIndex})`])
  return `\n\nRefused\n${table(['code', 'rows', 'the first'], rows)}`
}

export function warningLines(warnings: readonly { message: string }[]): string {
  return warnings.map(({ message }) => `\nWarning: ${printable(message)}`).join('')
}
