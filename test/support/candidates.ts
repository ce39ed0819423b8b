import { op } from 'arquero'
import { defineStage, type StageDefinition } from '../../src/stages/define-stage.ts'
import { stages } from '../../src/stages/index.ts'
import { nvaSummary } from '../../src/stages/nva-summary.ts'
import { wasteTrend } from '../../src/stages/waste-trend.ts'

/** A candidate for nva_summary: PTO counts. */
export const withPto = defineStage({
  ...nvaSummary,
  version: 3,
  reads: ['time_split'],
  annotate: ({ time_split }) =>
    time_split.groupby('user_id', 'date').rollup({
      nva_seconds_sum: (row: SplitRow) => op.sum(row.nva_seconds),
      va_seconds_sum: (row: SplitRow) => op.sum(row.va_seconds),
      total_sum: (row: SplitRow) => op.sum(row.total_seconds),
    }),
})

/** A candidate for waste_trend that differs in nothing. */
export const sameTrend = defineStage({ ...wasteTrend, version: 2 })

/** The registry with candidates behind their stages. */
export function withCandidates(...candidates: StageDefinition[]): StageDefinition[] {
  return stages.flatMap((stage) => [stage, ...candidates.filter(({ name }) => name === stage.name)])
}

interface SplitRow {
  nva_seconds: number
  va_seconds: number
  total_seconds: number
}
