/** What can be done with the rows that are chosen, and what came of it. */
import { type ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { ask, Refusal } from '../../data/ask.ts'
import { useChanges } from '../../data/use-answer.ts'
import { count, many } from '../../model/figures.ts'
import { type Desk, EVERY_ROW, replayWords, rowsFilter, selectionIn } from '../../model/quarantine.ts'
import { useAddress } from '../../parts/link.tsx'
import { Failure } from '../../parts/section.tsx'
import {
  DiscardQuarantineDocument,
  DiscardQuarantineWhereDocument,
  PreviewReplayDocument,
  ReopenQuarantineDocument,
  ReplayQuarantineDocument,
} from '../../queries.ts'
import { Discard } from './discard.tsx'
import { idsOf, MOST_IDS } from './ids.ts'
import type { Group } from './quarantine.tsx'
import { Rehearsal } from './rehearsal.tsx'
import type { Picks } from './rows.tsx'

interface WorkProps {
  desk: Desk
  groups: readonly Group[]
  picks: Picks
  /** Of all rows that are looked at. */
  total: number
}

interface Outcome {
  text: string
  /** Rows that were discarded: that can be taken back. */
  undo?: string[]
  /** The batch of a replay of which some stay. */
  batch?: string
}

export function Work({ desk, groups, picks, total }: WorkProps) {
  const { here } = useAddress()
  const [outcome, setOutcome] = useState<Outcome>()
  const [isAsking, setIsAsking] = useState(false)
  const said = useRef<HTMLDivElement>(null)
  const number = picks.isAll ? total : picks.rows.length
  const target: Target = { desk, picks, source: sourceOf(desk, groups, picks) }
  const of = JSON.stringify([rowsFilter(desk, desk.status), picks.isAll || picks.rows.map(({ id }) => id)])
  const [rehearsed, setRehearsed] = useState('')

  const done = (next: Outcome) => {
    setOutcome(next)
    setIsAsking(false)
    picks.clear()
  }
  // What was pressed is gone by then.
  useEffect(() => {
    if (outcome) said.current?.focus()
  }, [outcome])
  const rehearsal = useChanges(
    async () => (await ask(PreviewReplayDocument, { filter: await replayFilter(target) })).data.previewReplay,
    { isRehearsal: true },
  )
  const replay = useChanges(
    async () => (await ask(ReplayQuarantineDocument, { filter: await replayFilter(target) })).data,
    {
      afterwards: ({ replayQuarantineWhere: report }) =>
        done({ text: replayWords(report, false), batch: report.quarantined > 0 ? report.id : undefined }),
    },
  )
  const discard = useChanges((reason: string) => discardTarget(target, reason), {
    afterwards: ({ number, ids }) =>
      done({
        text: `${many(number, 'row')} ${number === 1 ? 'is' : 'are'} discarded.`,
        undo: ids,
      }),
  })
  const reopen = useChanges(
    async (ids: string[] | undefined) =>
      (await ask(ReopenQuarantineDocument, { ids: ids ?? (await idsIn(target)) })).data.reopenQuarantine,
    { afterwards: ({ length }) => done({ text: `${many(length, 'row')} ${length === 1 ? 'waits' : 'wait'} again.` }) },
  )
  const deeds = [rehearsal, replay, discard, reopen]
  const isRunning = deeds.some((deed) => deed.isRunning)
  const begin = (deed: () => void) => {
    setOutcome(undefined)
    for (const { forget } of deeds) forget()
    deed()
  }
  const failed = [rehearsal, replay, reopen].find(({ error }) => error)

  return (
    <>
      <div class="work">
        {picks.canPick && total > 0 && <Chooser picks={picks} total={total} number={number} />}
        {number > 0 && desk.status === 'OPEN' && (
          <span class="deeds">
            <button
              type="button"
              class="button"
              disabled={isRunning || !target.source}
              onClick={() =>
                begin(() => {
                  setRehearsed(of)
                  rehearsal.run(undefined)
                })
              }
            >
              Rehearse a replay
            </button>
            <button
              type="button"
              class="button main"
              disabled={isRunning || !target.source}
              onClick={() => begin(() => replay.run(undefined))}
            >
              Replay {count(number)}
            </button>
            <button type="button" class="button" disabled={isRunning} onClick={() => begin(() => setIsAsking(true))}>
              Discard {count(number)}…
            </button>
            {!target.source && <span class="quiet">A replay is of one source at a time: choose one.</span>}
          </span>
        )}
        {number > 0 && desk.status === 'DISCARDED' && (
          <span class="deeds">
            <button
              type="button"
              class="button main"
              disabled={isRunning}
              onClick={() => begin(() => reopen.run(undefined))}
            >
              Have {count(number)} wait again
            </button>
          </span>
        )}
      </div>
      <div class="outcome" role="status" ref={said} tabIndex={-1}>
        {isRunning && <p class="quiet">{rehearsal.isRunning ? 'Rehearsing…' : 'Working…'}</p>}
        {!isRunning && outcome && (
          <p class="note">
            <strong>{outcome.text}</strong>{' '}
            {outcome.batch && (
              <Link href={here({ ...EVERY_ROW, batch: outcome.batch, status: null })}>Look at those that stay</Link>
            )}
            {outcome.undo && (
              <button type="button" class="small-button" onClick={() => begin(() => reopen.run(outcome.undo))}>
                Undo
              </button>
            )}
          </p>
        )}
        {!isRunning && rehearsal.data && rehearsed === of && number > 0 && <Rehearsal preview={rehearsal.data} />}
      </div>
      {failed?.error && <Failure error={failed.error} advice={ADVICE} />}
      {isAsking && number > 0 && (
        <Discard
          desk={desk}
          number={number}
          isAll={picks.isAll}
          isRunning={discard.isRunning}
          refusal={discard.error && <Failure error={discard.error} advice={ADVICE} />}
          discard={(reason) => discard.run(reason)}
          close={() => {
            setIsAsking(false)
            discard.forget()
          }}
        />
      )}
    </>
  )
}

const ADVICE = {
  BAD_USER_INPUT: 'Nothing was changed. The rows were read again: look at them, and choose again.',
  LIMIT_EXCEEDED: 'Choose fewer: by source, problem, column or batch.',
  BUSY: 'Nothing was changed: others are writing rows of this source. Try again in a moment.',
}

interface Target {
  desk: Desk
  picks: Picks
  /** Undefined where they are of several. */
  source: string | undefined
}

/** The only source that they are of. */
function sourceOf(desk: Desk, groups: readonly Group[], { isAll, rows }: Picks): string | undefined {
  const sources = new Set((isAll ? groups.filter(({ open }) => open > 0) : rows).map(({ source }) => source))
  return desk.source ?? (sources.size === 1 ? [...sources][0] : undefined)
}

/** What a batch refused and what it refused last are not the same: of a batch, too, it's by id. */
async function replayFilter(target: Target) {
  const { desk, picks, source = '' } = target
  return picks.isAll && !desk.batch ? selectionIn(desk, source) : { source, ids: await idsIn(target) }
}

/** @throws Refusal where there are more than the API takes. */
async function idsIn({ desk, picks }: Target): Promise<string[]> {
  if (!picks.isAll) return picks.rows.map(({ id }) => id)
  const { ids, total } = await idsOf(rowsFilter(desk, desk.status))
  if (total > MOST_IDS)
    throw new Refusal(
      `These are ${count(total)} rows; at once at most ${count(MOST_IDS)} can be taken.`,
      'LIMIT_EXCEEDED',
    )
  return ids
}

/** By id, so that exactly these can be taken back; more than the API takes, by what they have in common. */
async function discardTarget(target: Target, reason: string): Promise<{ number: number; ids?: string[] }> {
  const { desk, picks, source } = target
  if (picks.isAll && source && !desk.batch) {
    const { ids, total } = await idsOf(rowsFilter(desk, 'OPEN'))
    if (total > MOST_IDS) {
      const { data: answered } = await ask(DiscardQuarantineWhereDocument, {
        filter: selectionIn(desk, source),
        reason,
      })
      return { number: answered.discardQuarantineWhere }
    }
    return discardIds(ids, reason)
  }
  return discardIds(await idsIn(target), reason)
}

async function discardIds(ids: string[], reason: string): Promise<{ number: number; ids: string[] }> {
  const { data: answered } = await ask(DiscardQuarantineDocument, { ids, reason })
  return { number: answered.discardQuarantine.length, ids }
}

interface ChooserProps {
  picks: Picks
  total: number
  number: number
}

function Chooser({ picks, total, number }: ChooserProps): ComponentChildren {
  const box = useRef<HTMLInputElement>(null)
  const isPage = picks.onPage > 0 && picks.rows.length === picks.onPage
  useEffect(() => {
    if (box.current) box.current.indeterminate = number > 0 && !isPage
  })
  return (
    <span class="chooser">
      <label class="inline">
        <input
          ref={box}
          type="checkbox"
          checked={isPage}
          onChange={({ currentTarget }) => picks.pickPage(currentTarget.checked)}
        />{' '}
        All on this page
      </label>
      <span aria-live="polite">
        {number === 0
          ? `${many(total, 'row')}, none chosen`
          : picks.isAll
            ? `All ${many(number, 'row')} like that are chosen`
            : `${count(number)} of ${many(total, 'row')} chosen`}
      </span>
      {!picks.isAll && total > picks.onPage && (
        <button type="button" class="small-button" onClick={picks.pickAll}>
          Choose all {count(total)}
        </button>
      )}
      {number > 0 && (
        <button type="button" class="small-button" onClick={picks.clear}>
          Choose none
        </button>
      )}
    </span>
  )
}
