/** One refused row as it came, with what is wrong with it beside where it is wrong. */
import { useId, useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { momentName } from '../../model/calendar.ts'
import { count, many } from '../../model/figures.ts'
import { choosing, PROBLEMS, STATUSES, shortId } from '../../model/quarantine.ts'
import { beginning, fieldsOf, isRounded, type RowField, valueText } from '../../model/row-fields.ts'
import { useAddress } from '../../parts/link.tsx'
import type { RefusedFragment } from '../../queries.ts'
import type { Picks } from './rows.tsx'

type Problem = RefusedFragment['problems'][number]

export function Case({ row, picks, isWhole }: { row: RefusedFragment; picks: Picks; isWhole: boolean }) {
  const id = useId()
  const [isOpen, setIsOpen] = useState(isWhole)
  const { fields, ofRow } = fieldsOf(row.row, row.problems)
  const wrong = fields.filter(({ problems }) => problems.length > 0)
  const shown = isOpen || wrong.length === 0 ? fields : wrong
  const name = row.externalId ?? `Row ${row.rowIndex} without a usable key`
  return (
    <li class="case" aria-labelledby={`${id}-name`}>
      <p class="case-head">
        {picks.canPick && (
          <input
            type="checkbox"
            aria-label={`Choose ${name}`}
            checked={picks.has(row)}
            onChange={({ currentTarget }) => picks.pick(row, currentTarget.checked)}
          />
        )}
        <strong id={`${id}-name`}>{name}</strong>
        <Facts row={row} />
      </p>
      {row.reason && (
        <p class="case-reason">
          <strong>Discarded:</strong> {row.reason}
        </p>
      )}
      {ofRow.map((problem) => (
        <Wrong key={problem.message} problem={problem} />
      ))}
      <table class="plain-table case-fields">
        <caption class="unseen">
          {isOpen ? 'All fields' : 'Fields that are wrong'} of {name}
        </caption>
        <colgroup>
          <col class="names" />
          <col />
        </colgroup>
        <thead>
          <tr>
            <th scope="col">
              <span class="unseen">Field</span>
            </th>
            <th scope="col">
              <span class="unseen">As it came, and what is wrong with it</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((field) => (
            <FieldLine key={field.name} field={field} />
          ))}
        </tbody>
      </table>
      {fields.length > wrong.length && wrong.length > 0 && (
        <button type="button" class="small-button" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
          {isOpen ? 'Only what is wrong' : `The whole row: ${many(fields.length, 'field')}`}
        </button>
      )}
    </li>
  )
}

function Facts({ row }: { row: RefusedFragment }) {
  const { here } = useAddress()
  return (
    <span class="quiet">
      {row.status !== 'OPEN' && <span class="mark-status">{STATUSES[row.status]}</span>} {row.source} ·{' '}
      <Link href={here(choosing({ batch: row.batchId }))} title={`Batch ${row.batchId}`}>
        batch {shortId(row.batchId)}
      </Link>
      , row index {row.rowIndex} · refused {row.attempts === 1 ? 'once' : `${count(row.attempts)} times`} ·{' '}
      {row.firstSeenAt === row.lastSeenAt
        ? `seen ${momentName(row.firstSeenAt)}`
        : `first seen ${momentName(row.firstSeenAt)}, last ${momentName(row.lastSeenAt)}`}
    </span>
  )
}

function FieldLine({ field: { name, value, isThere, problems } }: { field: RowField<Problem> }) {
  return (
    <tr class={problems.length > 0 ? 'wrong' : undefined}>
      <th scope="row">{name === '' ? <em>what is in no column</em> : <code>{name}</code>}</th>
      <td>
        <div class="value-beside">
          {isThere ? (
            <Value value={value} name={name} />
          ) : (
            <em class="quiet">
              {problems.some(({ code }) => code === 'MISSING_FIELD') ? 'missing' : 'not in the row itself'}
            </em>
          )}
          {problems.length > 0 && (
            <div>
              {problems.map((problem) => (
                <Wrong key={problem.message} problem={problem} />
              ))}
            </div>
          )}
        </div>
      </td>
    </tr>
  )
}

function Wrong({ problem: { code, message } }: { problem: Problem }) {
  return (
    <p class="wrong-why">
      <strong>
        <span aria-hidden="true">✕</span> {PROBLEMS[code].title}:
      </strong>{' '}
      {message}
    </p>
  )
}

function Value({ value, name }: { value: unknown; name: string }) {
  const [isOpen, setIsOpen] = useState(false)
  const text = valueText(value)
  const start = beginning(text)
  return (
    <div class="came">
      <code class="came-value" dir="ltr">
        {start === undefined || isOpen ? text : `${start}…`}
      </code>
      {isRounded(value) && <span class="quiet"> rounded here: it came with more digits</span>}
      {start !== undefined && (
        <button
          type="button"
          class="small-button"
          aria-expanded={isOpen}
          aria-label={`${isOpen ? 'Less' : 'All'} of ${name}`}
          onClick={() => setIsOpen(!isOpen)}
        >
          {isOpen ? 'Less' : `All ${count(text.length)} characters`}
        </button>
      )}
    </div>
  )
}
