/** The desk of refused rows: what is wrong with them, which they are, and what is to become of them. */
import { Link } from 'wouter-preact'
import { useAnswer } from '../../data/use-answer.ts'
import { count, listed, many } from '../../model/figures.ts'
import { deskOf } from '../../model/quarantine.ts'
import { useAddress } from '../../parts/link.tsx'
import { Shown } from '../../parts/section.tsx'
import { QuarantineGroupsDocument, type QuarantineGroupsQuery } from '../../queries.ts'
import { Days } from './days.tsx'
import { DeskFilters } from './desk-filters.tsx'
import { Groups } from './groups.tsx'
import { Rows } from './rows.tsx'

export type Group = QuarantineGroupsQuery['quarantineSummary'][number]

export function Quarantine() {
  const { params, here } = useAddress()
  const { desk, ignored } = deskOf(params)
  const asked = useAnswer(QuarantineGroupsDocument, { days: desk.days })
  return (
    <>
      <Shown asked={asked} height={8}>
        {(data) => <Headline data={data} />}
      </Shown>
      {ignored.length > 0 && (
        <p class="note" role="status">
          There is {listed(ignored.map(({ key, value }) => `no ${NAMES[key] ?? key} “${cut(value)}”`))}: what the link
          asks for beside that is shown.{' '}
          <Link href={here(Object.fromEntries(ignored.map(({ key }) => [key, null])))}>Take it out of the address</Link>
        </p>
      )}
      <DeskFilters desk={desk} groups={asked.data?.quarantineSummary ?? []} />
      <div class="desk">
        <section class="desk-groups" aria-labelledby="groups-title">
          <div class="title">
            <h2 id="groups-title">What is wrong</h2>
          </div>
          <Shown asked={{ ...asked, error: asked.data ? null : asked.error }} height={30}>
            {(data) => <Groups groups={data.quarantineSummary} desk={desk} now={asked.now} />}
          </Shown>
        </section>
        <Rows desk={desk} groups={asked.data?.quarantineSummary ?? []} />
      </div>
      <Days asked={asked} desk={desk} />
    </>
  )
}

const NAMES: Readonly<Record<string, string>> = { code: 'problem', batch: 'batch', status: 'status' }

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

function Headline({ data: { waiting, quarantineSummary, completeness } }: { data: QuarantineGroupsQuery }) {
  const { quarantinedRows: owned, unattributedRows: unowned } = completeness
  if (waiting.totalCount === 0) {
    return (
      <>
        <h1>Nothing waits in quarantine</h1>
        <p class="lead">
          {quarantineSummary.length > 0
            ? 'Every row that was refused has been released or discarded since: the numbers lack nothing that came in.'
            : 'No row was ever refused: the numbers lack nothing that came in.'}
        </p>
      </>
    )
  }
  return (
    <>
      <h1>{many(waiting.totalCount, 'row')} wait in quarantine</h1>
      <p class="lead">
        They are in no number until they are released.{' '}
        {owned > 0 && `Of ${count(owned)} it is known whose they are and of which day`}
        {owned > 0 && unowned > 0 && '; '}
        {unowned > 0 && `${owned > 0 ? 'of' : 'Of'} ${count(unowned)} nobody can tell yet`}
        {owned + unowned > 0 && '.'}
      </p>
    </>
  )
}
