/** Into which kinds of activity the time without value went, and what is in none of the numbers. */

import { count, hours, many, part } from '../../model/figures.ts'
import { Explained, QuarantineLink, SubjectLink } from '../../parts/link.tsx'
import { Table } from '../../parts/table.tsx'
import type { HeadlineQuery } from '../../queries.ts'
import { kindName } from './moves.ts'
import type { About } from './overview.tsx'

export function WhereItWent({ data, period, selection }: About & { data: HeadlineQuery }) {
  const kinds = data.kindsNow.nodes.filter(({ nvaSeconds }) => Number(nvaSeconds) > 0)
  const lost = kinds.reduce((sum, { nvaSeconds }) => sum + Number(nvaSeconds), 0)
  const largest = Math.max(...kinds.map(({ nvaSeconds }) => Number(nvaSeconds)))
  const days = { from: period.from, to: period.to }
  const explained = (kind: string | null, text: string) => (
    <Explained cell={{ ...selection, ...days, kind: kind ?? undefined }}>{text}</Explained>
  )
  return (
    <>
      <div>
        <h2>Where it went</h2>
        <Table
          caption="Hours without value by kind of activity"
          isCaptionUnseen
          rows={kinds}
          file="kinds"
          empty="No time without value was booked."
          columns={[
            {
              title: 'Kind of activity',
              value: (kind) => kindName(kind),
              show: (kind) => (
                <>
                  <SubjectLink of="kind" id={kind.stereotypeCode ?? ''}>
                    {kindName(kind)}
                  </SubjectLink>{' '}
                  <span class="quiet">{part(Number(kind.nvaSeconds) / lost)} of the loss</span>
                  <span
                    class="bar"
                    aria-hidden="true"
                    style={{ width: `${(100 * Number(kind.nvaSeconds)) / largest}%` }}
                  />
                </>
              ),
              isHead: true,
            },
            {
              title: 'Hours lost',
              value: ({ nvaSeconds }) => nvaSeconds,
              show: ({ stereotypeCode, nvaSeconds }) => explained(stereotypeCode, hours(nvaSeconds)),
              isNumber: true,
            },
            {
              title: 'Booked',
              value: ({ totalSeconds }) => totalSeconds,
              show: ({ stereotypeCode, totalSeconds }) => explained(stereotypeCode, hours(totalSeconds)),
              isNumber: true,
            },
            {
              title: 'Activities',
              value: ({ activityCount }) => activityCount,
              show: ({ stereotypeCode, activityCount }) => explained(stereotypeCode, count(activityCount)),
              isNumber: true,
            },
          ]}
        />
      </div>
      <Slices data={data} isOfAll={Object.keys(selection).length === 0} />
    </>
  )
}

/** All rows of these days as one bar: with value, without, and refused. */
function Slices({ data, isOfAll }: { data: HeadlineQuery; isOfAll: boolean }) {
  const [sums] = data.now.nodes
  if (!sums) return null
  const { quarantinedRows } = sums
  // Whose those are nobody knows: of one person or team they are none.
  const unattributedRows = isOfAll ? data.completeness.unattributedRows : 0
  const refused = quarantinedRows + unattributedRows
  const rows = Number(sums.activityCount ?? 0)
  const all = rows + refused
  const total = Number(sums.totalSeconds)
  const slices = [
    {
      name: 'added value',
      style: 'value',
      width: (rows / all) * (Number(sums.vaSeconds) / total),
      say: `${hours(sums.vaSeconds)} hours`,
    },
    {
      name: 'added none',
      style: 'waste',
      width: (rows / all) * (Number(sums.nvaSeconds) / total),
      say: `${hours(sums.nvaSeconds)} hours`,
    },
    { name: 'in quarantine, in no number', style: 'refused', width: refused / all, say: many(refused, 'row') },
  ]
  return (
    <div>
      <h2>All that came in</h2>
      <p class="quiet">
        {many(all, 'row')} of these days: {count(rows)} in the numbers, {count(refused)} refused.
      </p>
      <div class="slices" aria-hidden="true">
        {slices
          .filter(({ width }) => width > 0)
          .map(({ style, width }) => (
            <span key={style} class={style} style={{ flexGrow: Math.max(width, 0.004) }} />
          ))}
      </div>
      <ul class="keys">
        {slices.map(({ name, style, say }) => (
          <li key={style}>
            <span class={`key ${style}`} aria-hidden="true" />{' '}
            {style === 'refused' && refused > 0 ? <QuarantineLink>{say}</QuarantineLink> : say} {name}
          </li>
        ))}
      </ul>
      {unattributedRows > 0 && (
        <p class="quiet">
          {many(unattributedRows, 'row')} of these are of nobody known, or of no day: they may be of other days.
        </p>
      )}
    </div>
  )
}
