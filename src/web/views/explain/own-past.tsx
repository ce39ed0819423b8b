/** A person's week held against the weeks before it. */
import { useAnswer } from '../../data/use-answer.ts'
import type { Cell } from '../../model/address.ts'
import { addDays, momentName, mondayOf } from '../../model/calendar.ts'
import { count, percent } from '../../model/figures.ts'
import { ExplainTrendDocument } from '../../queries.ts'

export function OwnPast({ cell: { from, to, person, project, kind } }: { cell: Cell }) {
  const isWeek = mondayOf(from) === from && to === addDays(from, 6)
  const { data } = useAnswer(
    ExplainTrendDocument,
    person && isWeek && !project && !kind ? { from, to, userIds: [person] } : null,
  )
  const [trend] = data?.wasteTrends ?? []
  if (!trend) return null
  const {
    baselineMean,
    baselineStdDev,
    wasteRatio,
    zScore,
    flagged,
    unfinished,
    stage,
    version,
    computedAt,
    changedAt,
  } = trend
  return (
    <>
      <h3>Against the 8 weeks before</h3>
      <p>
        {baselineMean === null
          ? 'Fewer than 4 of the weeks before have time: there is nothing to hold it against.'
          : `${percent(wasteRatio, 1)}, where ${percent(baselineMean, 1)} ± ${percent(baselineStdDev, 1)} is usual${zScore === null ? '' : `: z-score ${count(zScore, 2)}`}.`}{' '}
        {unfinished
          ? 'The week isn’t over, so it is not held against them yet.'
          : flagged
            ? 'It stands out.'
            : 'It doesn’t stand out.'}
      </p>
      <p class="quiet">
        {stage}, version {version}; computed {momentName(computedAt)}, last different {momentName(changedAt)}.
      </p>
    </>
  )
}
