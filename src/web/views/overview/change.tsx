/** Why it changed: from what was before to what is now, bar by bar, exactly. */
import { axisX, axisY, barX, gridX, type Markish, ruleX, text } from '@observablehq/plot'
import { Link } from 'wouter-preact'
import { useAnswer } from '../../data/use-answer.ts'
import { useMay } from '../../data/who.ts'
import { type Cell, cellText, filterOf } from '../../model/address.ts'
import { addDays, momentName, spanName } from '../../model/calendar.ts'
import { hours, many, percent, points, shortened, signedHours } from '../../model/figures.ts'
import { type Bar, barsOf, hasStandout, rangeOf } from '../../model/waterfall.ts'
import { Chart } from '../../parts/chart.tsx'
import { Choice } from '../../parts/choice.tsx'
import { useAddress } from '../../parts/link.tsx'
import { Section } from '../../parts/section.tsx'
import {
  type ChangeDimension,
  ChangeDocument,
  type ChangeKind,
  type ChangeMetric,
  type ChangeQuery,
  PromotionsDocument,
} from '../../queries.ts'
import { kindName } from './moves.ts'
import type { About } from './overview.tsx'

const DIMENSIONS: readonly (readonly [ChangeDimension, string])[] = [
  ['STEREOTYPE', 'Kind'],
  ['TEAM', 'Team'],
  ['USER', 'Person'],
  ['PROJECT', 'Project'],
]

/** What a part says, in words. */
function whatOf({ kind, contribution, before, after }: ChangePart): string {
  const more = (is: number | null, was: number | null) => ((is ?? 0) >= (was ?? 0) ? 'more' : 'less')
  switch (kind) {
    case 'MIX':
      return `${more(after.share, before.share)} of all time went there`
    case 'RATE':
      return `${more(after.wasteRatio, before.wasteRatio)} of its own time was without value`
    case 'VOLUME':
      return `${more(contribution, 0)} time was booked in all`
    case 'LATE_ROWS':
      return 'rows that came later'
    case 'REMOVED_ROWS':
      return 'rows that were removed'
    case 'EDITED_ROWS':
      return 'rows that were edited'
    case 'NEW_LOGIC':
      return 'another version of the logic'
  }
}

/** What it is held against: other days, or what was known of days at another moment. */
const AGAINST = {
  '': 'The days before',
  reported: 'The days before, as known by their end',
  day: 'These days, as known a day ago',
  week: 'These days, as known a week ago',
} as const

/** `not` is a dimension in which there is but one: a person's page isn't taken apart by persons. */
export function Change({ period, selection, not }: About & { not?: ChangeDimension }) {
  const { params, here, change } = useAddress()
  // All time of a kind may be without value: then its share says nothing.
  const metric: ChangeMetric = params.get('metric') === 'hours' || not === 'STEREOTYPE' ? 'NVA_SECONDS' : 'WASTE_RATIO'
  const dimensions = DIMENSIONS.filter(([name]) => name !== not)
  const [by, dimension] = dimensions.find(([name]) => name === params.get('by')) ??
    dimensions[0] ?? ['STEREOTYPE', 'Kind']
  const known = againstOf(params.get('known'))
  const since = known ? momentOf(known, period) : undefined
  const isOfOtherDays = known === '' || known === 'reported'
  // Whoever sees some people alone isn't told when what was promoted: both sides are by the versions of now.
  const { readAll } = useMay()
  const promotions = useAnswer(PromotionsDocument, since && readAll ? {} : null)
  const after = { from: period.from, to: period.to }
  const before = isOfOtherDays ? period.before : after
  const isReady = !since || !readAll || promotions.data !== undefined
  const asked = useAnswer(
    ChangeDocument,
    isReady
      ? {
          metric,
          before,
          after,
          by: [by],
          filter: filterOf(selection),
          beforeAsOf: since,
          beforeVersions: since && promotions.data ? versionsAt(promotions.data.stages, since) : undefined,
        }
      : null,
  )
  const bars = asked.data ? barsOf(named(asked.data.explainChange), NAMES) : []
  const hrefOf = (bar: Bar<ChangePart>) => {
    const cell = cellOf(bar, { ...selection, ...after }, { ...selection, ...before }, since)
    return cell ? here({ explain: cellText(cell) }) : undefined
  }
  const draw = (width: number) => ({
    height: 44 + 30 * bars.length,
    marginLeft: Math.min(240, Math.max(110, width * 0.3)),
    marginRight: 56,
    x: { label: null, domain: rangeOf(bars).map((value) => scaled(value, metric)) },
    y: { label: null, domain: bars.map(({ key }) => key) },
    marks: marksOf(bars, metric, { width, href: hrefOf }),
  })
  const say = metric === 'NVA_SECONDS' ? signedHours : points
  return (
    <Section
      title="Why it changed"
      note={
        since
          ? `${spanName(after)} as it is known now, held against ${isOfOtherDays ? spanName(before) : 'what it was'} as known ${momentName(since)}.`
          : `${spanName(after)} held against ${spanName(period.before)}.`
      }
      asked={asked}
      height={20}
      actions={
        <span class="choices">
          <Choice
            label="By"
            value={by}
            options={dimensions}
            choose={(value) => change({ by: value === dimensions[0]?.[0] ? null : value })}
          />
          <label class="inline">
            Against{' '}
            <select value={known} onChange={({ currentTarget: { value } }) => change({ known: value || null })}>
              {Object.entries(AGAINST).map(([value, title]) => (
                <option key={value} value={value}>
                  {title}
                </option>
              ))}
            </select>
          </label>
        </span>
      }
    >
      {({ explainChange }) =>
        explainChange.change === null ? (
          <p class="quiet">
            In one of the two periods nobody booked time: there is nothing to hold against each other.
          </p>
        ) : (
          <>
            <p>{standout(explainChange, bars, metric, dimension)}</p>
            <Chart
              label={`What the change is made of, by ${dimension.toLowerCase()}`}
              draw={draw}
              rows={bars}
              file="change"
              columns={[
                {
                  title: 'Part',
                  value: ({ label }) => label,
                  show: (bar) => {
                    const href = hrefOf(bar)
                    return href ? <Link href={href}>{bar.label}</Link> : bar.label
                  },
                  isHead: true,
                },
                { title: 'What', value: ({ what }) => what },
                {
                  title: metric === 'NVA_SECONDS' ? 'Hours' : 'Percentage points',
                  value: ({ value }) => value,
                  show: ({ kind, value }) =>
                    kind === 'before' || kind === 'after' ? total(value, metric) : say(value),
                  isNumber: true,
                },
              ]}
            />
          </>
        )
      }
    </Section>
  )
}

/** Parts that are of no group. */
const LABELS: Partial<Readonly<Record<ChangeKind, string>>> = {
  VOLUME: 'Time in all',
  LATE_ROWS: 'Late rows',
  REMOVED_ROWS: 'Removed rows',
  EDITED_ROWS: 'Edited rows',
  NEW_LOGIC: 'New logic',
}

/** Each part by a name: kinds of activity by theirs, as everywhere. */
function named(explanation: ChangeQuery['explainChange']): ChangeQuery['explainChange'] {
  const parts = explanation.parts.map((part) => ({
    ...part,
    label:
      LABELS[part.kind] ??
      `${part.stereotypeCode ? kindName(part) : part.label || 'none'} · ${part.kind.toLowerCase()}`,
  }))
  return { ...explanation, parts }
}

type ChangePart = ChangeQuery['explainChange']['parts'][number]

const NAMES = {
  before: 'Before',
  after: 'Now',
  rest: (number: number) => `${many(number, 'smaller part')}`,
  what: whatOf,
}

function total(value: number, metric: ChangeMetric): string {
  return metric === 'NVA_SECONDS' ? hours(value) : percent(value, 1)
}

type Against = keyof typeof AGAINST

function againstOf(text: string | null): Against {
  return text && Object.hasOwn(AGAINST, text) ? (text as Against) : ''
}

/** As of when the days before are asked for; to the minute, so that what is shown isn't asked for again and again. */
function momentOf(known: Exclude<Against, ''>, { before }: About['period']): string {
  if (known === 'reported') return `${addDays(before.to, 1)}T00:00:00.000Z`
  const days = known === 'day' ? 1 : 7
  const minute = 60_000
  return new Date(Math.floor((Date.now() - days * 86_400_000) / minute) * minute).toISOString()
}

/** Which versions answered then, where others do now. */
function versionsAt(
  stages: readonly { name: string; version: number; promotions: readonly Promotion[] }[],
  moment: string,
) {
  return stages.flatMap(({ name, version, promotions }) => {
    const since = promotions.filter(({ promotedAt }) => promotedAt > moment)
    const first = since.toSorted((a, b) => a.promotedAt.localeCompare(b.promotedAt))[0]
    const then = first?.formerVersion
    return then && then !== version ? [{ stage: name, version: then }] : []
  })
}

interface Promotion {
  formerVersion: number | null
  promotedAt: string
}

function standout(
  { change, before, after }: ChangeQuery['explainChange'],
  bars: readonly Bar<ChangePart>[],
  metric: ChangeMetric,
  dimension: string,
): string {
  const whole = metric === 'NVA_SECONDS' ? `${signedHours(change)} hours` : `${points(change ?? 0)} percentage points`
  const from = `${total(before ?? 0, metric)} to ${total(after ?? 0, metric)}: ${whole}.`
  const least = metric === 'NVA_SECONDS' ? 0.02 * Math.max(before ?? 0, after ?? 0) : 0.005
  if (!hasStandout(bars, least)) {
    return `From ${from} Nothing stood out: no ${dimension.toLowerCase()} moved it by ${metric === 'NVA_SECONDS' ? '2 % of all that was lost' : 'half a point'}.`
  }
  const parts = bars.filter(({ part }) => part)
  const most = parts.reduce((a, b) => (Math.abs(b.value) > Math.abs(a.value) ? b : a))
  const moved = metric === 'NVA_SECONDS' ? `${signedHours(most.value)} hours` : `${points(most.value)} points`
  return `From ${from} The largest part is ${most.label} (${moved}): ${most.what}.`
}

/** Whose rows a bar is made of; undefined where it is of several at once. Rows that changed `since` are of the days before. */
function cellOf(bar: Bar<ChangePart>, after: Cell, before: Cell, since?: string): Cell | undefined {
  if (bar.kind === 'before') return before
  if (bar.kind === 'after') return after
  if (!bar.part) return undefined
  const { stereotypeCode, user, teams, project, kind } = bar.part
  if (kind.endsWith('_ROWS')) return { ...before, since }
  if (kind === 'VOLUME' || kind === 'NEW_LOGIC') return after
  if (stereotypeCode) return { ...after, kind: stereotypeCode }
  if (user) return { ...after, person: user.id }
  if (project) return { ...after, project: project.id }
  const [team, ...others] = teams
  return team && others.length === 0 ? { ...after, team: team.id } : undefined
}

interface Drawn {
  width: number
  href: (bar: Bar<ChangePart>) => string | undefined
}

function marksOf(bars: readonly Bar<ChangePart>[], metric: ChangeMetric, { width, href }: Drawn): Markish[] {
  const isNarrow = width < 500
  const [start, end] = rangeOf(bars)
  const isCut = start !== 0
  const isWhole = ({ kind }: Bar<ChangePart>) => kind === 'before' || kind === 'after'
  const say = (bar: Bar<ChangePart>) =>
    isWhole(bar) ? total(bar.value, metric) : metric === 'NVA_SECONDS' ? signedHours(bar.value) : points(bar.value)
  const fill = (bar: Bar<ChangePart>) => {
    if (isWhole(bar)) return 'var(--steel)'
    return bar.value > 0 ? 'var(--bar)' : 'var(--good)'
  }
  const labels = new Map(bars.map(({ key, label }) => [key, label]))
  return [
    gridX({ stroke: 'var(--line)', strokeOpacity: 1 }),
    axisX({
      anchor: 'bottom',
      ticks: isNarrow ? 2 : 4,
      tickSize: 0,
      tickFormat: (tick: number) =>
        metric === 'NVA_SECONDS' ? String(tick) : percent(tick, end - start < 0.05 ? 1 : 0),
    }),
    axisY({
      tickSize: 0,
      tickFormat: (key: string) => shortened(labels.get(key) ?? '', isNarrow ? 15 : 32),
      textAnchor: 'end',
    }),
    barX(bars, {
      y: 'key',
      x1: (bar: Bar<ChangePart>) => scaled(isWhole(bar) ? start : bar.from, metric),
      x2: (bar: Bar<ChangePart>) => scaled(bar.to, metric),
      fill,
      insetTop: 4,
      insetBottom: 4,
      rx: 2,
      href,
      title: (bar: Bar<ChangePart>) => `${bar.label}: ${say(bar)}, ${bar.what}`,
    }),
    text(bars, {
      y: 'key',
      x: (bar: Bar<ChangePart>) => scaled(Math.max(bar.from, bar.to), metric),
      text: say,
      dx: 6,
      textAnchor: 'start',
      fill: 'var(--ink)',
    }),
    ruleX([scaled(start, metric)], { stroke: 'var(--quiet)', strokeDasharray: isCut ? '2 3' : undefined }),
  ]
}

/** Hours are drawn as hours, ratios as they are. */
function scaled(value: number, metric: ChangeMetric): number {
  return metric === 'NVA_SECONDS' ? value / 3600 : value
}
