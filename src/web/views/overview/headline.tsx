/** The answer in one sentence, and whether to trust it. */
import { Link } from 'wouter-preact'
import { beforeName, periodName } from '../../model/address.ts'
import { fullName, spanName } from '../../model/calendar.ts'
import { hours, percent, type Whole } from '../../model/figures.ts'
import { Explained } from '../../parts/link.tsx'
import { Trust } from '../../parts/trust.tsx'
import type { HeadlineQuery } from '../../queries.ts'
import { biggestMove, type Move } from './moves.ts'
import type { About } from './overview.tsx'

interface HeadlineProps extends About {
  data: HeadlineQuery
  now: number
  newest: string
  newestHref: string
}

export function Headline({ data, period, selection, now: time, newest, newestHref }: HeadlineProps) {
  const now = { ...selection, from: period.from, to: period.to }
  const [sums] = data.now.nodes
  const [before] = data.before.nodes
  const days = spanName(period)
  if (!sums || Number(sums.totalSeconds) === 0) {
    return (
      <>
        <h1>No time {periodName(period)}</h1>
        <p class="lead">
          Nobody booked time on these days, {days}. The newest activity of all is of {fullName(newest)}.{' '}
          <Link href={newestHref}>Look at that week</Link>
        </p>
        {sums && (
          <Trust
            of={sums}
            now={time}
            unattributed={Object.keys(selection).length > 0 ? 0 : data.completeness.unattributedRows}
          />
        )}
      </>
    )
  }
  const change = Number(sums.nvaSeconds) - Number(before?.nvaSeconds ?? 0)
  const hasBefore = Number(before?.totalSeconds ?? 0) > 0
  const move =
    selection.kind || !hasBefore ? undefined : biggestMove(data.kindsNow.nodes, data.kindsBefore.nodes, change)
  return (
    <>
      <h1>
        <Explained cell={now}>{hours(sums.nvaSeconds)}</Explained> of{' '}
        <Explained cell={now}>{hours(sums.totalSeconds)}</Explained> hours lost {periodName(period)}
        {hasBefore ? `, ${moreOrLess(change)} ${beforeName(period)}` : ''}
        {moveText(move, change)}
      </h1>
      <p class="lead">
        <Explained cell={now}>{percent(sums.wasteRatio, 1)}</Explained> of the time added no value
        {hasBefore && (
          <>
            , against <Explained cell={{ ...selection, ...period.before }}>{percent(before?.wasteRatio, 1)}</Explained>
          </>
        )}
        .
        <span class="quiet">
          {' '}
          {days}, held against {spanName(period.before)}.
        </span>
      </p>
      <Trust
        of={sums}
        now={time}
        unattributed={Object.keys(selection).length > 0 ? 0 : data.completeness.unattributedRows}
      />
    </>
  )
}

function moreOrLess(change: Whole): string {
  const seconds = Number(change)
  if (seconds === 0) return 'as many as'
  return `${hours(Math.abs(seconds))} ${seconds > 0 ? 'more' : 'fewer'} than`
}

/** What moved most is a part of the change, or more than that where other kinds moved the other way. */
function moveText(move: Move | undefined, change: number): string {
  if (!move) return '.'
  const moved = hours(Math.abs(move.seconds))
  if (Math.abs(move.seconds) <= Math.abs(change)) return `; ${moved} of them in ${move.name}.`
  return `; ${move.name} alone ${moved} ${move.seconds > 0 ? 'more' : 'fewer'}.`
}
