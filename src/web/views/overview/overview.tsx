/** Where time goes, whether it gets worse, why, who is affected, and what to look at first. */
import { type Asked, useAnswer } from '../../data/use-answer.ts'
import { filterOf, type Period, periodOf, type Selection, selectionOf } from '../../model/address.ts'
import { spanName, today } from '../../model/calendar.ts'
import { Filters } from '../../parts/filters.tsx'
import { useAddress } from '../../parts/link.tsx'
import { Failure, Shown, Skeleton } from '../../parts/section.tsx'
import { HeadlineDocument, type HeadlineQuery, NewestDocument, type NewestQuery } from '../../queries.ts'
import { Breakdown } from './breakdown.tsx'
import { Change } from './change.tsx'
import { EmptyCache, FirstPull } from './empty.tsx'
import { FlaggedWeeks } from './flagged-weeks.tsx'
import { Headline } from './headline.tsx'
import { KindWeeks } from './kind-weeks.tsx'
import { PeopleWeeks } from './people-weeks.tsx'
import { Trend } from './trend.tsx'
import { WhereItWent } from './where-it-went.tsx'

export function Overview() {
  const { params } = useAddress()
  const newest = useAnswer(NewestDocument, {}, { every: everyWhilePulling })
  if (newest.error && !newest.data) return <Failure error={newest.error} again={newest.again} />
  if (!newest.data) return <Skeleton height={40} />
  const [activity] = newest.data.activities.nodes
  const pulling = newest.data.sources.filter(({ pulling, lastSuccess }) => pulling && !lastSuccess)
  if (!activity)
    return pulling.length > 0 ? <FirstPull sources={pulling} /> : <EmptyCache sources={newest.data.sources} />
  const period = periodOf(params, today(), activity.date)
  return (
    <>
      {pulling.length > 0 && <FirstPull sources={pulling} isPartial />}
      <Weeks
        period={period}
        selection={selectionOf(params)}
        newest={activity.date}
        oldest={newest.data.oldest.nodes[0]?.date}
      />
    </>
  )
}

/** Where the first pull is under way, numbers come bit by bit. */
function everyWhilePulling(data: NewestQuery | undefined): number | false {
  return data?.sources.some(({ pulling }) => pulling) ? 2_000 : false
}

/** What sections of the overview are about. */
export interface About {
  period: Period
  selection: Selection
}

function Weeks({ period, selection, newest, oldest }: About & { newest: string; oldest?: string }) {
  const { here } = useAddress()
  const about = { period, selection }
  const { from, to, before } = period
  const headline = useAnswer(HeadlineDocument, {
    from,
    to,
    beforeFrom: before.from,
    beforeTo: before.to,
    filter: filterOf(selection),
  })
  return (
    <>
      <Filters {...about} oldest={oldest} />
      <Shown asked={headline} height={10}>
        {(data) => (
          <Headline
            {...about}
            data={data}
            now={headline.now}
            newest={newest}
            newestHref={here({ until: newest, period: null, from: null, to: null })}
          />
        )}
      </Shown>
      {headline.data ? <Sections {...about} headline={headline} /> : !headline.error && <Skeleton height={40} />}
      <p class="quiet">Paid time off is left out of all sums. Days shown: {spanName(period)}.</p>
    </>
  )
}

/** All but the sentence, which comes first. */
function Sections({ headline, ...about }: About & { headline: Asked<HeadlineQuery> }) {
  return (
    <>
      <Trend {...about} />
      <Change {...about} />
      <FlaggedWeeks {...about} />
      <section class="halves">
        <Shown asked={headline} height={16}>
          {(data) => <WhereItWent {...about} data={data} />}
        </Shown>
      </section>
      <KindWeeks {...about} kinds={headline.data?.kindsNow.nodes} />
      <Breakdown {...about} />
      <PeopleWeeks {...about} />
    </>
  )
}
