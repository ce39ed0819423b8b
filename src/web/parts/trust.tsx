/** Whether numbers can be trusted: how fresh they are, and what is not in them. */
import { ago, momentName } from '../model/calendar.ts'
import { count, many } from '../model/figures.ts'
import type { TrustFragment } from '../queries.ts'
import { QuarantineLink } from './link.tsx'

interface TrustProps {
  of: TrustFragment
  /** The service's time. */
  now: number
  /** Rows of nobody known, or of no day. */
  unattributed?: number
}

export function Trust({ of: { freshness, quarantinedRows }, now, unattributed = 0 }: TrustProps) {
  const { status, verifiedAt, sourceSeenAt, causes } = freshness
  const isFresh = status === 'FRESH'
  return (
    <p class="trust">
      <span class={isFresh ? 'mark fresh' : 'mark stale'}>{isFresh ? 'Fresh' : 'Behind'}</span>{' '}
      {isFresh
        ? verifiedAt && `as of ${momentName(new Date(now).toISOString())}`
        : causes.map(({ detail }) => detail).join(' ')}
      {sourceSeenAt && ` · the source was last read ${ago(sourceSeenAt, now)}`}
      {quarantinedRows + unattributed > 0 && (
        <>
          {' · '}
          <QuarantineLink>
            {quarantinedRows > 0 && `${many(quarantinedRows, 'quarantined row')} not in it`}
            {quarantinedRows > 0 && unattributed > 0 && ', '}
            {unattributed > 0 && `${count(unattributed)} of nobody known or of no day`}
          </QuarantineLink>
        </>
      )}
      {quarantinedRows + unattributed === 0 && ' · nothing of it waits in quarantine'}
    </p>
  )
}
