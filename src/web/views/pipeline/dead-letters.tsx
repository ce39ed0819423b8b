/** Facts that somebody should have been told and wasn't, as often as it was tried. */
import { useState } from 'preact/hooks'
import { useAnswer, useChange } from '../../data/use-answer.ts'
import { useMay } from '../../data/who.ts'
import { momentName } from '../../model/calendar.ts'
import { count, many } from '../../model/figures.ts'
import { Failure, Section } from '../../parts/section.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { DeadLettersDocument, DropDeadLettersDocument, RedeliverDocument } from '../../queries.ts'
import { CursorPages, LostPage, useCursor } from './cursor-pages.tsx'

const SIZE = 20

export function DeadLetters() {
  const asked = useAnswer(DeadLettersDocument, useCursor('dead', SIZE))
  const { operate } = useMay()
  const [chosen, setChosen] = useState<readonly string[]>([])
  const { nodes = [], totalCount = 0 } = asked.data?.deadLetters ?? {}
  // Others may have dropped some meanwhile.
  const ids = chosen.filter((id) => nodes.some((letter) => letter.id === id))
  const choose = (id: string, isChosen: boolean) =>
    setChosen(isChosen ? [...ids, id] : ids.filter((each) => each !== id))
  const chosenColumn: Column<(typeof nodes)[number]> = {
    title: 'Chosen',
    value: ({ id }) => id,
    show: ({ id, type }) => (
      <input
        type="checkbox"
        aria-label={`Choose ${type} ${id}`}
        checked={ids.includes(id)}
        onChange={({ currentTarget }) => choose(id, currentTarget.checked)}
      />
    ),
  }
  // Where nothing failed there is nothing to look at.
  if (!asked.error && totalCount === 0) return null
  return (
    <>
      <Section
        title="What could not be delivered"
        note="Those who should have been told failed as often as it was tried. No number depends on it."
        asked={asked}
      >
        {({ deadLetters: { pageInfo } }) => (
          <>
            <Table
              caption="What could not be delivered"
              isCaptionUnseen
              rows={nodes}
              file="dead-letters"
              columns={[
                ...(operate ? [chosenColumn] : []),
                { title: 'What', value: ({ type }) => type, isHead: true },
                { title: 'Whom', value: ({ subscription }) => subscription },
                {
                  title: 'Failed',
                  value: ({ failedAt }) => failedAt,
                  show: ({ failedAt }) => <time dateTime={failedAt}>{momentName(failedAt)}</time>,
                },
                {
                  title: 'Attempts',
                  value: ({ attempts }) => attempts,
                  show: ({ attempts }) => count(attempts),
                  isNumber: true,
                },
                { title: 'Why', value: ({ error }) => error, isLong: true },
                {
                  title: 'What it tells',
                  value: ({ payload }) => JSON.stringify(payload),
                  show: ({ payload }) => (
                    <details>
                      <summary>Payload</summary>
                      <pre>{JSON.stringify(payload, null, 2)}</pre>
                    </details>
                  ),
                },
              ]}
            />
            {operate && (
              <p class="choices">
                <button
                  type="button"
                  class="small-button"
                  onClick={() => setChosen(ids.length === nodes.length ? [] : nodes.map(({ id }) => id))}
                >
                  {ids.length === nodes.length ? 'Choose none' : 'Choose all on this page'}
                </button>
              </p>
            )}
            <CursorPages name="dead" page={pageInfo} shown={nodes.length} total={totalCount} what="events" />
            {operate && <WhatToDo ids={ids} />}
          </>
        )}
      </Section>
      <LostPage name="dead" asked={asked} />
    </>
  )
}

function WhatToDo({ ids }: { ids: readonly string[] }) {
  const [reason, setReason] = useState('')
  const redeliver = useChange(RedeliverDocument)
  const drop = useChange(DropDeadLettersDocument)
  const isBusy = redeliver.isRunning || drop.isRunning
  return (
    <form
      class="deeds"
      onSubmit={(event) => {
        event.preventDefault()
        redeliver.forget()
        drop.run({ ids: [...ids], reason: reason.trim() })
      }}
    >
      <button
        type="button"
        class="button"
        disabled={ids.length === 0 || isBusy}
        onClick={() => {
          drop.forget()
          redeliver.run({ ids: [...ids] })
        }}
      >
        Try {many(ids.length, 'event')} again
      </button>
      <label>
        Why nobody needs to be told any more
        <input
          value={reason}
          required
          maxLength={2000}
          onInput={({ currentTarget }) => setReason(currentTarget.value)}
        />
      </label>
      <button type="submit" class="button" disabled={ids.length === 0 || reason.trim() === '' || isBusy}>
        Drop {many(ids.length, 'event')}
      </button>
      {(redeliver.error ?? drop.error) && <Failure error={redeliver.error ?? drop.error ?? new Error()} />}
      {redeliver.data && <p role="status">{many(redeliver.data.redeliver, 'event')} will be tried again.</p>}
      {drop.data && <p role="status">{many(drop.data.dropDeadLetters, 'event')} dropped; the log keeps the reason.</p>}
    </form>
  )
}
