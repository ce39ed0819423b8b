/** The report of one batch: what became of its rows, what was refused and why, and the first rows as they came. */
import { Link } from 'wouter-preact'
import { useAnswer } from '../../data/use-answer.ts'
import { momentName } from '../../model/calendar.ts'
import { count, many } from '../../model/figures.ts'
import { byProblem } from '../../model/rejections.ts'
import { tookText } from '../../model/versions.ts'
import { useAddress } from '../../parts/link.tsx'
import { Panel } from '../../parts/panel.tsx'
import { Shown } from '../../parts/section.tsx'
import { Table } from '../../parts/table.tsx'
import { BatchDocument, type BatchQuery } from '../../queries.ts'
import { COUNTS, tookOf } from './batches.tsx'

const FIRST_ROWS = 10

type Report = NonNullable<BatchQuery['ingestBatch']>

export function BatchPanel() {
  const { params, change } = useAddress()
  const id = params.get('batch')
  if (id === null) return null
  return (
    <Panel title="What came in" close={() => change({ batch: null })}>
      <BatchReport key={id} id={id} />
    </Panel>
  )
}

function BatchReport({ id }: { id: string }) {
  const asked = useAnswer(BatchDocument, { id, rows: FIRST_ROWS })
  return (
    <Shown asked={asked} height={30}>
      {({ ingestBatch }) =>
        ingestBatch ? (
          <Found batch={ingestBatch} />
        ) : (
          <p>There is no such batch: its report may have gone since, or the link is cut off.</p>
        )
      }
    </Shown>
  )
}

function Found({ batch }: { batch: Report }) {
  const { source, startedAt, received, error, warnings } = batch
  return (
    <>
      <p class="lead">
        {many(received, 'row')} of {source}, {momentName(startedAt)}, {tookText(tookOf(batch))}.
      </p>
      {error && (
        <p class="failure">
          <strong>{error}</strong> What was stored by then stays.
        </p>
      )}
      {warnings.map(({ code, message }) => (
        <p key={`${code} ${message}`} class="note">
          {message} <span class="quiet">{code}</span>
        </p>
      ))}
      <dl class="counts">
        {COUNTS.map(({ key, title, what }) => (
          <div key={key} class={batch[key] === 0 ? 'none' : undefined}>
            <dt>
              {title} <span class="quiet">{what}</span>
            </dt>
            <dd>{count(batch[key])}</dd>
          </div>
        ))}
      </dl>
      <Refusals batch={batch} />
      <Rows batch={batch} />
    </>
  )
}

function Refusals({ batch: { id, rejections } }: { batch: Report }) {
  const { to } = useAddress()
  if (rejections.totalCount === 0) return null
  const waiting = rejections.nodes.filter(({ status }) => status === 'OPEN').length
  return (
    <>
      <h3>What was refused</h3>
      <p>
        <Link href={to('/quarantine', { batch: id })}>{many(rejections.totalCount, 'row')} in quarantine</Link>
        {rejections.nodes.length < rejections.totalCount
          ? `; below what is wrong with the first ${count(rejections.nodes.length)}.`
          : waiting === rejections.totalCount
            ? '; all of them wait.'
            : `; ${count(waiting)} of them ${waiting === 1 ? 'waits' : 'wait'} still.`}
      </p>
      <Table
        caption="What is wrong with refused rows"
        isCaptionUnseen
        rows={byProblem(rejections.nodes)}
        file="refused"
        columns={[
          {
            title: 'Problem',
            value: ({ code }) => code,
            show: ({ code }) => <Link href={to('/quarantine', { batch: id, code })}>{code}</Link>,
            isHead: true,
          },
          { title: 'Column', value: ({ field }) => field },
          { title: 'Rows', value: ({ rows }) => rows, show: ({ rows }) => count(rows), isNumber: true },
          { title: 'Such as', value: ({ example }) => example, isLong: true },
        ]}
      />
    </>
  )
}

function Rows({ batch: { isKept, rows } }: { batch: Report }) {
  if (!isKept) {
    return <p class="quiet">Its rows are not kept: they came longer ago than that, none came, or it is a replay.</p>
  }
  return (
    <>
      <h3>Rows as they came</h3>
      <p class="quiet">
        The first {count(rows.nodes.length)} of {count(rows.totalCount)}.
      </p>
      {rows.nodes.map(({ rowIndex, row }) => (
        <details key={rowIndex}>
          <summary>
            Row {count(rowIndex)} {row ? '' : 'was erased with its user'}
          </summary>
          {row && <pre>{JSON.stringify(row, null, 2)}</pre>}
        </details>
      ))}
    </>
  )
}
