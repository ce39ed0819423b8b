/** Versions of stages, side by side: which one answers, which ones could, and how that came. */
import { Link } from 'wouter-preact'
import { useMay } from '../../data/who.ts'
import { momentName } from '../../model/calendar.ts'
import { count } from '../../model/figures.ts'
import { versionText } from '../../model/versions.ts'
import { useAddress } from '../../parts/link.tsx'
import { Table } from '../../parts/table.tsx'
import type { StageVersionState } from '../../queries.ts'
import type { StageNode } from './pipeline.tsx'

const STATES: Readonly<Record<StageVersionState, string>> = {
  ACTIVE: 'answers',
  CANDIDATE: 'candidate',
  RETIRED: 'not in code any more',
}

export function Versions({ stages }: { stages: readonly StageNode[] }) {
  const shown = stages.filter(({ versions, promotions }) => versions.length > 1 || promotions.length > 0)
  return (
    <section aria-labelledby="versions-title">
      <div class="title">
        <h2 id="versions-title">Versions</h2>
      </div>
      {shown.length === 0 ? (
        <p class="quiet">
          Each stage has one version. Another one, written beside it, can be compared here before it answers.
        </p>
      ) : (
        <p class="quiet">
          A candidate is another version of a stage that doesn’t answer yet: compare it, then promote it. The way back
          is the same.
        </p>
      )}
      {shown.map((stage) => (
        <div key={stage.name}>
          <h3>{stage.name}</h3>
          <p class="quiet">{stage.description}</p>
          <VersionTable stage={stage} />
          <History stage={stage} />
        </div>
      ))}
    </section>
  )
}

function VersionTable({ stage: { name, versions, promotions } }: { stage: StageNode }) {
  const { here } = useAddress()
  const { operate } = useMay()
  const counted = (title: string, part: 'fresh' | 'stale' | 'missing') => ({
    title,
    value: ({ counts }: StageNode['versions'][number]) => counts?.[part],
    show: ({ counts }: StageNode['versions'][number]) => (counts ? count(counts[part]) : '–'),
    isNumber: true,
  })
  return (
    <Table
      caption={`Versions of ${name}`}
      isCaptionUnseen
      rows={versions}
      columns={[
        { title: 'Version', value: ({ version }) => version, isHead: true },
        {
          title: 'State',
          value: ({ state }) => STATES[state],
          show: ({ state, isInCode, version }) => (
            <>
              <span class={`state-mark ${state.toLowerCase()}`}>{STATES[state]}</span>
              {state === 'ACTIVE' && <Since promotion={promotions.find((each) => each.version === version)} />}
              {state !== 'RETIRED' && !isInCode && <span class="quiet"> · not in this process’s build</span>}
            </>
          ),
        },
        counted('Fresh', 'fresh'),
        counted('Stale', 'stale'),
        counted('Missing', 'missing'),
        { title: 'Stored', value: ({ stored }) => stored, show: ({ stored }) => count(stored), isNumber: true },
        { title: 'Logic', value: ({ logic }) => logic, show: ({ logic }) => <code>{logic?.slice(0, 8) ?? '–'}</code> },
        {
          title: 'What can be done',
          value: () => null,
          show: ({ version, state, isInCode }) =>
            state !== 'ACTIVE' && isInCode ? (
              <span class="inline">
                <Link href={here({ compare: versionText({ stage: name, version }) })}>Compare</Link>
                {operate && <Link href={here({ promote: versionText({ stage: name, version }) })}>Promote…</Link>}
              </span>
            ) : (
              ''
            ),
        },
      ]}
    />
  )
}

function Since({ promotion }: { promotion: StageNode['promotions'][number] | undefined }) {
  return promotion ? <time class="quiet"> since {momentName(promotion.promotedAt)}</time> : null
}

/** The latest first; from there leads the way back. */
function History({ stage: { name, versions, promotions } }: { stage: StageNode }) {
  const { here } = useAddress()
  const { operate } = useMay()
  const [latest] = promotions
  if (!latest) return null
  const former = versions.find(({ version }) => version === latest.formerVersion)
  return (
    <>
      {operate && former?.isInCode && former.state !== 'ACTIVE' && (
        <p>
          <Link href={here({ promote: versionText({ stage: name, version: former.version }) })}>
            Go back to version {former.version}…
          </Link>
        </p>
      )}
      <details>
        <summary>How they came to answer</summary>
        <ol class="promotions">
          {promotions.map((promotion) => (
            <li key={promotion.promotedAt}>
              <strong>
                Version {promotion.version}
                {promotion.formerVersion !== null && ` in place of ${promotion.formerVersion}`}
              </strong>
              , {momentName(promotion.promotedAt)},{' '}
              {promotion.promotedBy ? `by ${promotion.promotedBy}` : 'by a build that took over'}
              {promotion.reason ? `: ${promotion.reason}` : '.'}
              {promotion.checklist.length > 0 && (
                <span class="quiet"> Looked at before: {promotion.checklist.join('; ')}.</span>
              )}
            </li>
          ))}
        </ol>
      </details>
    </>
  )
}
