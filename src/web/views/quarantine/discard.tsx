/** Asks why rows are not wanted, and says how many they are, before they are discarded. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { count, many } from '../../model/figures.ts'
import { type Desk, deskWords } from '../../model/quarantine.ts'

/** As the API has it. */
const LONGEST_REASON = 2_000

interface DiscardProps {
  desk: Desk
  number: number
  isAll: boolean
  isRunning: boolean
  refusal: ComponentChildren
  discard: (reason: string) => void
  close: () => void
}

export function Discard({ desk, number, isAll, isRunning, refusal, discard, close }: DiscardProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [reason, setReason] = useState('')
  useEffect(() => {
    const opened = dialog.current
    opened?.showModal()
    // Closed by itself it gives the focus back to where it was.
    return () => opened?.close()
  }, [])
  const words = deskWords(desk)
  return (
    <dialog
      ref={dialog}
      class="confirm"
      aria-labelledby="discard-title"
      onCancel={(event) => {
        event.preventDefault()
        close()
      }}
    >
      <form
        class="inside"
        onSubmit={(event) => {
          event.preventDefault()
          if (reason.trim() && !isRunning) discard(reason.trim())
        }}
      >
        <h2 id="discard-title">Discard {many(number, 'row')}?</h2>
        <p>
          {isAll
            ? `All that wait${words ? `: ${words}` : ', whatever is wrong with them'}.`
            : `Only ${number === 1 ? 'the one' : 'those'} that you chose.`}{' '}
          They stay where they are, marked as not wanted, and come into no number. It can be taken back.
        </p>
        <label class="reason">
          Why they are not wanted
          <textarea
            required
            rows={3}
            maxLength={LONGEST_REASON}
            value={reason}
            onInput={({ currentTarget }) => setReason(currentTarget.value)}
          />
        </label>
        {refusal}
        <p class="deeds">
          <button type="submit" class="button main" disabled={isRunning || reason.trim() === ''}>
            {isRunning ? 'Discarding…' : `Discard ${count(number)}`}
          </button>
          <button type="button" class="button" onClick={close}>
            Cancel
          </button>
        </p>
      </form>
    </dialog>
  )
}
