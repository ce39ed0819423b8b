/** Having another version of a stage answer: first what that changes, then who does it and why, then once more whether. */
import { useState } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { useAnswer, useChange } from '../../data/use-answer.ts'
import { useMay } from '../../data/who.ts'
import { momentName, spanName } from '../../model/calendar.ts'
import { count } from '../../model/figures.ts'
import { costText, type VersionName, versionIn, versionText } from '../../model/versions.ts'
import { useAddress } from '../../parts/link.tsx'
import { Panel } from '../../parts/panel.tsx'
import { Failure, Shown } from '../../parts/section.tsx'
import { Table } from '../../parts/table.tsx'
import {
  type NumbersChange,
  PlanPromotionDocument,
  type PlanPromotionQuery,
  PromoteStageDocument,
  type PromoteStageMutation,
} from '../../queries.ts'
import type { StageNode } from './pipeline.tsx'

const CHANGES: Readonly<Record<NumbersChange, string>> = {
  CHANGE: 'Numbers that people read change.',
  SAME: 'No number changes: all were computed by both versions, and none is different.',
  UNKNOWN: 'Whether numbers change isn’t known yet: not all were computed by both versions. Comparing them tells.',
}

export function PromotionPanel({ stages }: { stages: readonly StageNode[] }) {
  const { params, change } = useAddress()
  const text = params.get('promote')
  if (text === null) return null
  const chosen = versionIn(text)
  const close = () => change({ promote: null })
  if (!chosen) {
    return (
      <Panel title="Have another version answer" close={close}>
        <Failure error={new Error('The link doesn’t say which version of which stage: it may have been cut off.')} />
      </Panel>
    )
  }
  return (
    <Panel key={text} title={`Have version ${chosen.version} of ${chosen.stage} answer`} close={close}>
      <Promotion chosen={chosen} stage={stages.find(({ name }) => name === chosen.stage)} close={close} />
    </Panel>
  )
}

interface PromotionProps {
  chosen: VersionName
  stage: StageNode | undefined
  close: () => void
}

function Promotion({ chosen, stage, close }: PromotionProps) {
  const { here } = useAddress()
  const { operate } = useMay()
  const promote = useChange(PromoteStageDocument)
  const asked = useAnswer(PlanPromotionDocument, promote.data ? null : { ...chosen })
  if (promote.data) return <Promoted done={promote.data.promoteStage} close={close} />
  if (stage?.version === chosen.version) {
    return (
      <p>
        Version {chosen.version} answers already. <Link href={here({ promote: null })}>Back to the pipeline</Link>
      </p>
    )
  }
  return (
    <Shown asked={asked} height={20}>
      {({ planPromotion }) => (
        <>
          <Plan plan={planPromotion} />
          <p>
            <Link href={here({ promote: null, compare: versionText(chosen) })}>Compare them first</Link>
          </p>
          {operate ? (
            <PromotionForm chosen={chosen} former={planPromotion.formerVersion} promote={promote} />
          ) : (
            <p class="note">Operators and admins can promote it.</p>
          )}
        </>
      )}
    </Shown>
  )
}

function Plan({ plan }: { plan: PlanPromotionQuery['planPromotion'] }) {
  const { changes, numbersChange, formerVersion } = plan
  return (
    <>
      <p class="lead">
        {formerVersion !== null && `It takes the place of version ${formerVersion}. `}
        {CHANGES[numbersChange]}
      </p>
      <p>{costText(changes)}</p>
      <h3>What changes</h3>
      <Table
        caption="Stages whose logic would be another one, in the order in which they run"
        isCaptionUnseen
        rows={changes}
        file="promotion-plan"
        empty="Nothing: both have the same logic."
        columns={[
          { title: 'Stage', value: ({ stage }) => stage, isHead: true },
          {
            title: 'Version',
            value: ({ formerVersion, version }) => `${formerVersion} → ${version}`,
            show: ({ formerVersion, version }) =>
              formerVersion === version ? `${version}, reads another` : `${formerVersion} → ${version}`,
          },
          {
            title: 'Days',
            value: ({ from, to }) => (from && to ? `${from}/${to}` : null),
            show: ({ from, to }) => <time>{from && to ? spanName({ from, to }) : '–'}</time>,
          },
          number('Person-periods', ({ personPeriods }) => personPeriods),
          number('To compute', ({ toCompute }) => toCompute),
          number('Compared', ({ compared }) => compared),
          number('Different', ({ different }) => different),
        ]}
      />
    </>
  )
}

type Planned = PlanPromotionQuery['planPromotion']['changes'][number]

function number(title: string, value: (change: Planned) => number) {
  return { title, value, show: (change: Planned) => count(value(change)), isNumber: true }
}

interface PromotionFormProps {
  chosen: VersionName
  former: number | null
  promote: {
    run: (variables: VersionName & { by: string; reason: string; checklist: string[] }) => void
    error: Error | null
    isRunning: boolean
    forget: () => void
  }
}

function PromotionForm({ chosen, former, promote }: PromotionFormProps) {
  const [by, setBy] = useState('')
  const [reason, setReason] = useState('')
  const [looked, setLooked] = useState('')
  const [isSure, setSure] = useState(false)
  const checklist = looked.split('\n').flatMap((line) => line.trim() || [])
  const { stage, version } = chosen
  return (
    <form
      class="promotion"
      onSubmit={(event) => {
        event.preventDefault()
        promote.forget()
        setSure(true)
      }}
    >
      <h3>Who does it, and why</h3>
      <p class="quiet">It is kept with the stage, for whoever wonders later why numbers are other ones.</p>
      <label>
        Your name
        <input
          value={by}
          required
          pattern=".*\S.*"
          maxLength={2000}
          autoComplete="name"
          disabled={isSure}
          onInput={({ currentTarget }) => setBy(currentTarget.value)}
        />
      </label>
      <label>
        Why
        <input
          value={reason}
          required
          pattern=".*\S.*"
          maxLength={2000}
          disabled={isSure}
          onInput={({ currentTarget }) => setReason(currentTarget.value)}
        />
      </label>
      <label>
        What you looked at before, one thing a line (may be left empty)
        <textarea
          rows={3}
          value={looked}
          disabled={isSure}
          onInput={({ currentTarget }) => setLooked(currentTarget.value)}
        />
      </label>
      {isSure ? (
        <section class="note" aria-label="Once more">
          <p>
            <strong>
              From then on version {version} of {stage} answers for everybody, in all processes.
            </strong>{' '}
            {former !== null && `The way back is the same: promote version ${former}.`}
          </p>
          <p class="choices">
            <button
              type="button"
              class="button main"
              disabled={promote.isRunning}
              onClick={() => promote.run({ ...chosen, by: by.trim(), reason: reason.trim(), checklist })}
            >
              {promote.isRunning ? 'Promoting…' : `Yes, have version ${version} answer`}
            </button>
            <button
              type="button"
              class="button"
              disabled={promote.isRunning}
              onClick={() => {
                promote.forget()
                setSure(false)
              }}
            >
              Not yet
            </button>
          </p>
          {promote.error && <Failure error={promote.error} />}
        </section>
      ) : (
        <p>
          <button type="submit" class="button main">
            Promote version {version}…
          </button>
        </p>
      )}
    </form>
  )
}

function Promoted({ done, close }: { done: PromoteStageMutation['promoteStage']; close: () => void }) {
  const { here } = useAddress()
  const { stage, version, formerVersion, promotedAt } = done
  return (
    <>
      <p class="lead" role="status">
        Version {version} of {stage} answers since {momentName(promotedAt)}
        {formerVersion !== null && `, in place of version ${formerVersion}`}.
      </p>
      {formerVersion !== null && (
        <p>
          <Link href={here({ promote: versionText({ stage, version: formerVersion }) })}>
            Go back to version {formerVersion}…
          </Link>
        </p>
      )}
      <p>
        <button type="button" class="button" onClick={close}>
          Back to the pipeline
        </button>
      </p>
    </>
  )
}
