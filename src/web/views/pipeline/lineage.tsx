/** Sources, activities, stages, and what each reads. */
import { useRef } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { ago } from '../../model/calendar.ts'
import { count, shortened } from '../../model/figures.ts'
import { type Box, type Layout, layered, leastWidth, railed } from '../../model/lineage.ts'
import { barParts, type Counts } from '../../model/standing.ts'
import { versionText } from '../../model/versions.ts'
import { useWidth } from '../../parts/chart.tsx'
import { useAddress } from '../../parts/link.tsx'
import { Table } from '../../parts/table.tsx'
import type { PipelineQuery } from '../../queries.ts'
import type { SourceNode, StageNode } from './pipeline.tsx'

const STAGE_HEIGHT = 108
const PLAIN_HEIGHT = 52
const LEAST_BOX = 176
const ACTIVITIES = 'activities'

/** A box, whatever it stands for. */
interface Step {
  id: string
  name: string
  what: string
  reads: readonly string[]
  height: number
  /** How it stands, in few words. */
  state: string
  isBad?: boolean
  description: string
  stage?: StageNode
}

export function Lineage({ data, now }: { data: PipelineQuery; now: number }) {
  const host = useRef<HTMLDivElement>(null)
  const width = useWidth(host)
  const steps = stepsOf(data, now)
  const isWide = width >= leastWidth(steps, LEAST_BOX)
  const layout = isWide ? layered(steps, width) : railed(steps, Math.min(width, 480))
  const label = 'What the pipeline does: sources, activities, stages, and what each reads'
  return (
    <section aria-labelledby="lineage-title">
      <div class="title">
        <h2 id="lineage-title">What reads what</h2>
      </div>
      <p class="legend">
        <span>
          <span class="key fresh-part" /> up to date
        </span>
        <span>
          <span class="key stale-part" /> something that it depends on changed since
        </span>
        <span>
          <span class="key missing-part" /> not asked for yet
        </span>
        <span>counted in person-periods, or periods of projects</span>
      </p>
      <figure class="chart">
        <div ref={host} class="lineage-host">
          {width > 0 && <Graph steps={steps} layout={layout} label={label} />}
        </div>
        <details>
          <summary>As a table</summary>
          <StepTable steps={steps} label={label} />
        </details>
      </figure>
    </section>
  )
}

function stepsOf({ sources, stages, activities, newest }: PipelineQuery, now: number): Step[] {
  const configured = sources.map((source) => sourceStep(source, now))
  // Rows are sent of sources that have no database to pull.
  const sent = [...new Set(newest.nodes.map(({ source }) => source))].filter(
    (source) => !sources.some(({ name }) => name === source),
  )
  const all = [
    ...configured,
    ...sent.map((name) => ({
      ...{ id: `source ${name}`, name, what: 'source', reads: [], height: PLAIN_HEIGHT },
      state: 'rows are sent',
      description: 'Its rows are sent to the API.',
    })),
  ]
  return [
    ...all,
    {
      ...{ id: ACTIVITIES, name: ACTIVITIES, what: 'stored', reads: all.map(({ id }) => id), height: PLAIN_HEIGHT },
      state: `${count(activities.totalCount)} stored`,
      description: 'What sources say that people did, in one shape.',
    },
    ...stages.map((stage) => ({
      ...{ id: stage.name, name: stage.name, what: 'stage', reads: stage.reads, height: STAGE_HEIGHT },
      state: `by ${stage.period}`,
      description: stage.description,
      stage,
    })),
  ]
}

function sourceStep({ name, adapter, error, pulling, lastSuccess }: SourceNode, now: number): Step {
  const read = lastSuccess ? `read ${ago(lastSuccess, now)}` : 'never read'
  return {
    id: `source ${name}`,
    name,
    what: 'source',
    reads: [],
    height: PLAIN_HEIGHT,
    state: pulling ? 'being pulled' : error ? 'last pull failed' : read,
    isBad: error !== null,
    description: `Read by the adapter ${adapter}.`,
  }
}

function Graph({ steps, layout, label }: { steps: readonly Step[]; layout: Layout; label: string }) {
  const byId = new Map(steps.map((step) => [step.id, step]))
  return (
    <svg
      class="lineage-graph"
      role="img"
      aria-label={label}
      width={layout.width}
      height={layout.height + 4}
      viewBox={`-2 -2 ${layout.width + 4} ${layout.height + 4}`}
    >
      {layout.lines.map(({ from, to, path }) => (
        <path key={`${from} ${to}`} class="reads" d={path} />
      ))}
      {layout.boxes.map((box) => {
        const step = byId.get(box.id)
        return step && <StepBox key={box.id} box={box} step={step} />
      })}
    </svg>
  )
}

function StepBox({ box: { x, y, width, height }, step }: { box: Box; step: Step }) {
  const { stage } = step
  return (
    <g class={step.isBad ? 'step bad' : 'step'} transform={`translate(${x},${y})`}>
      <title>
        {step.name}: {step.description}
      </title>
      <rect class={stage ? 'box' : 'box plain'} width={width} height={height} rx="6" />
      <text class="name" x="10" y="21">
        {shortened(step.name, roomIn(width - (stage ? 50 : 20)))}
      </text>
      <text class="state" x="10" y="39">
        {shortened(step.state, roomIn(width - 20))}
      </text>
      {stage && <StageInside stage={stage} width={width} />}
    </g>
  )
}

function StageInside({ stage, width }: { stage: StageNode; width: number }) {
  const active = activeOf(stage)
  const candidates = candidatesOf(stage)
  return (
    <>
      <text class="version" x={width - 10} y="21">
        v{stage.version}
      </text>
      {candidates.length > 0 && (
        <text class="candidate" x={width - 10} y="39">
          {candidates.map(({ version }) => `v${version}`).join(', ')} beside it
        </text>
      )}
      {active?.counts ? (
        <CountBar counts={active.counts} width={width - 20} />
      ) : (
        <text class="state lacking" x="10" y="64">
          {active?.isInCode ? 'reads what isn’t here' : 'not in this build'}
        </text>
      )}
    </>
  )
}

const PARTS = ['fresh', 'stale', 'missing'] as const

function CountBar({ counts, width }: { counts: Counts; width: number }) {
  const parts = barParts(counts)
  let x = 10
  return (
    <>
      {PARTS.map((part, index) => {
        const from = x
        x += parts[part] * width
        const column = 10 + (index * width) / 3
        return (
          <g key={part}>
            <rect class={`${part}-part`} x={from} y="50" width={Math.max(0, parts[part] * width)} height="9" />
            <text class={counts[part] === 0 ? 'number none' : 'number'} x={column} y="80">
              {compact(counts[part])}
            </text>
            <text class="part" x={column} y="95">
              {part}
            </text>
          </g>
        )
      })}
    </>
  )
}

function StepTable({ steps, label }: { steps: readonly Step[]; label: string }) {
  const { here } = useAddress()
  const byId = new Map(steps.map(({ id, name }) => [id, name]))
  const counted = (part: (typeof PARTS)[number]) => ({
    title: PART_TITLES[part],
    value: ({ stage }: Step) => (stage ? (activeOf(stage)?.counts?.[part] ?? null) : null),
    show: ({ stage }: Step) => {
      const counts = stage && activeOf(stage)?.counts
      return counts ? count(counts[part]) : '–'
    },
    isNumber: true,
  })
  return (
    <Table
      caption={label}
      isCaptionUnseen
      rows={steps}
      file="pipeline"
      columns={[
        { title: 'Name', value: ({ name }) => name, isHead: true },
        { title: 'Is', value: ({ what }) => what },
        { title: 'Reads', value: ({ reads }) => reads.map((read) => byId.get(read) ?? read).join(', ') || null },
        { title: 'Stands', value: ({ state }) => state },
        { title: 'Version', value: ({ stage }) => stage?.version, isNumber: true },
        {
          title: 'Beside it',
          value: ({ stage }) =>
            stage
              ? candidatesOf(stage)
                  .map(({ version }) => version)
                  .join(', ') || null
              : null,
          show: ({ stage }) => {
            const candidates = stage ? candidatesOf(stage) : []
            if (!stage || candidates.length === 0) return '–'
            return candidates.map(({ version }) => (
              <Link key={version} href={here({ compare: versionText({ stage: stage.name, version }) })}>
                {version}{' '}
              </Link>
            ))
          },
        },
        counted('fresh'),
        counted('stale'),
        counted('missing'),
        { title: 'What it does', value: ({ description }) => description, isLong: true },
      ]}
    />
  )
}

const PART_TITLES = { fresh: 'Fresh', stale: 'Stale', missing: 'Missing' } as const

export function activeOf({ versions }: StageNode): StageNode['versions'][number] | undefined {
  return versions.find(({ state }) => state === 'ACTIVE')
}

export function candidatesOf({ versions }: StageNode): StageNode['versions'] {
  return versions.filter(({ state }) => state === 'CANDIDATE')
}

/** A letter takes about seven pixels. */
function roomIn(width: number): number {
  return Math.max(4, Math.floor(width / 7))
}

function compact(number: number): string {
  if (number < 1_000_000) return count(number)
  return number.toLocaleString(undefined, { notation: 'compact', maximumFractionDigits: 1 })
}
