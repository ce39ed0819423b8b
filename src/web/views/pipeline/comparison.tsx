/** Two versions of a stage held against each other: the one that answers, and another. */
import { Link } from 'wouter-preact'
import { useAnswer } from '../../data/use-answer.ts'
import { addDays, mondayOf, type Range, spanName, today } from '../../model/calendar.ts'
import { count, many, percent } from '../../model/figures.ts'
import { readersOf } from '../../model/lineage.ts'
import {
  comparedDays,
  differenceText,
  sumText,
  type VersionName,
  versionIn,
  versionText,
} from '../../model/versions.ts'
import { Days } from '../../parts/days.tsx'
import { useAddress } from '../../parts/link.tsx'
import { Panel } from '../../parts/panel.tsx'
import { Failure, Shown } from '../../parts/section.tsx'
import { Table } from '../../parts/table.tsx'
import { CompareVersionsDocument, type CompareVersionsQuery } from '../../queries.ts'
import { Differences } from './differences.tsx'
import type { StageNode } from './pipeline.tsx'

export interface Compared extends VersionName, Range {
  /** The stage whose annotations are looked at; the stage itself where undefined. */
  at: string | undefined
}

export function ComparisonPanel({ stages }: { stages: readonly StageNode[] }) {
  const { params, change } = useAddress()
  const text = params.get('compare')
  if (text === null) return null
  const chosen = versionIn(text)
  const close = () => change({ compare: null, at: null, differences: null, column: null })
  if (!chosen) {
    return (
      <Panel title="Compare versions" close={close}>
        <Failure error={new Error('The link doesn’t say which version of which stage: it may have been cut off.')} />
      </Panel>
    )
  }
  const compared = { ...chosen, ...comparedDays(params, today()), at: params.get('at') ?? undefined }
  return (
    <Panel key={text} title={`Version ${chosen.version} of ${chosen.stage}, compared`} close={close} isWide>
      <Choices compared={compared} stages={stages} />
      <Comparison compared={compared} />
    </Panel>
  )
}

const SPANS = [4, 13, 26, 52] as const

/** Over which days, and where it is looked at. */
function Choices({ compared: { stage, from, to, at }, stages }: { compared: Compared; stages: readonly StageNode[] }) {
  const { change } = useAddress()
  const anew = { differences: null, column: null }
  const span = SPANS.find((weeks) => to === today() && from === addDays(mondayOf(to), -7 * (weeks - 1)))
  const readers = readersOf(
    stages.map(({ name, reads }) => ({ id: name, reads })),
    stage,
  )
  return (
    <form class="filters" aria-label="What is compared" onSubmit={(event) => event.preventDefault()}>
      <label>
        Period
        <select
          value={span ? String(span) : ''}
          onChange={({ currentTarget: { value } }) =>
            value &&
            change({
              ...anew,
              from: addDays(mondayOf(today()), -7 * (Number(value) - 1)),
              to: today(),
              period: null,
              until: null,
            })
          }
        >
          {!span && <option value="">Chosen days</option>}
          {SPANS.map((weeks) => (
            <option key={weeks} value={String(weeks)}>
              {weeks} weeks
            </option>
          ))}
        </select>
      </label>
      <Days days={{ from, to }} choose={(days) => change({ ...anew, ...days, period: null, until: null })} />
      <label>
        Looked at in
        <select
          value={at ?? stage}
          onChange={({ currentTarget: { value } }) => change({ ...anew, at: value === stage ? null : value })}
        >
          {[stage, ...readers].map((name) => (
            <option key={name} value={name}>
              {name === stage ? name : `${name}, which reads it`}
            </option>
          ))}
          {at && at !== stage && !readers.includes(at) && <option value={at}>{at}</option>}
        </select>
      </label>
    </form>
  )
}

function Comparison({ compared }: { compared: Compared }) {
  const { stage, version, from, to, at } = compared
  const asked = useAnswer(CompareVersionsDocument, { stage, candidate: version, from, to, at })
  return (
    <Shown asked={asked} height={30}>
      {({ compareVersions }) => <Found compared={compared} found={compareVersions} />}
    </Shown>
  )
}

type Comparison = CompareVersionsQuery['compareVersions']

function Found({ compared, found }: { compared: Compared; found: Comparison }) {
  const { here } = useAddress()
  const { base, candidate, isSameLogic, columns, receipt, differences } = found
  if (isSameLogic) {
    return (
      <p class="lead">
        {base === candidate
          ? `Version ${candidate} is the one that answers: there is nothing to hold it against.`
          : `Versions ${base} and ${candidate} have the same logic: there is nothing to compare.`}
      </p>
    )
  }
  const [example] = differences.nodes
  return (
    <>
      <Verdict found={found} days={compared} />
      <p class="quiet">
        {receipt.recomputed === 0
          ? 'Nothing had to be computed for it.'
          : `${many(receipt.recomputed, 'person-period')} were computed for it.`}
      </p>
      <p>
        <Link
          href={here({
            promote: versionText({ stage: compared.stage, version: candidate }),
            ...{ compare: null, at: null, differences: null, column: null },
          })}
        >
          Promote version {candidate}…
        </Link>
      </p>
      <h3>Field by field</h3>
      <p class="quiet">Sums over all annotations; of conditions how often they hold.</p>
      <Table
        caption="Fields by both versions"
        isCaptionUnseen
        rows={columns}
        file={`compared-${compared.stage}-${base}-${candidate}`}
        columns={[
          { title: 'Field', value: ({ name }) => name, isHead: true },
          {
            title: 'Differs in',
            value: ({ differing }) => differing,
            show: ({ differing }) => count(differing),
            isNumber: true,
          },
          {
            title: `Sum by ${base}`,
            value: ({ baseSum }) => baseSum,
            show: ({ name, baseSum }) => sumText(name, baseSum),
            isNumber: true,
          },
          {
            title: `Sum by ${candidate}`,
            value: ({ candidateSum }) => candidateSum,
            show: ({ name, candidateSum }) => sumText(name, candidateSum),
            isNumber: true,
          },
          {
            title: 'Difference',
            value: ({ baseSum, candidateSum }) =>
              baseSum === null || candidateSum === null ? null : candidateSum - baseSum,
            show: ({ name, baseSum, candidateSum }) => differenceText(name, baseSum, candidateSum) ?? '–',
            isNumber: true,
          },
        ]}
      />
      {example && (
        <Differences
          key={found.at}
          compared={compared}
          found={found}
          type={example.base?.__typename ?? example.candidate?.__typename ?? ''}
        />
      )}
    </>
  )
}

const PARTS = [
  { key: 'equal', title: 'the same' },
  { key: 'different', title: 'different' },
  { key: 'onlyInBase', title: 'only in the one that answers' },
  { key: 'onlyInCandidate', title: 'only in the other' },
] as const

function Verdict({ found, days }: { found: Comparison; days: Range }) {
  const all = PARTS.reduce((sum, { key }) => sum + found[key], 0)
  const changed = all - found.equal
  return (
    <>
      <p class="lead">
        {all === 0
          ? `Neither has anything, ${spanName(days)}.`
          : `${changed === 0 ? 'None' : count(changed)} of ${many(all, 'annotation')} of ${found.at} ${
              changed === 1 ? 'is' : 'are'
            } different by version ${found.candidate}, held against version ${found.base}, ${spanName(days)}.`}
      </p>
      {all > 0 && (
        <>
          <p class="verdict-bar" aria-hidden="true">
            {PARTS.map(
              ({ key }) => found[key] > 0 && <span key={key} class={key} style={{ flexGrow: found[key] / all }} />,
            )}
          </p>
          <ul class="verdict">
            {PARTS.map(({ key, title }) => (
              <li key={key} class={found[key] === 0 ? 'quiet' : undefined}>
                <span class={`key ${key}`} /> <strong>{count(found[key])}</strong> {title}{' '}
                <span class="quiet">{percent(found[key] / all)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  )
}
