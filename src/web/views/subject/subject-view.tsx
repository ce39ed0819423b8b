/** The same questions for one person, team, project or kind of activity. */
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { Refusal } from '../../data/ask.ts'
import { type Asked, useAnswer } from '../../data/use-answer.ts'
import { filterOf, periodOf, type Selection, selectionOf } from '../../model/address.ts'
import { fullName, today } from '../../model/calendar.ts'
import { Filters } from '../../parts/filters.tsx'
import { SubjectLink, useAddress } from '../../parts/link.tsx'
import { Failure, Shown, Skeleton } from '../../parts/section.tsx'
import {
  ChoicesDocument,
  HeadlineDocument,
  type HeadlineQuery,
  NewestDocument,
  SubjectDocument,
  type SubjectQuery,
} from '../../queries.ts'
import { Breakdown, type Part } from '../overview/breakdown.tsx'
import { Change } from '../overview/change.tsx'
import { FlaggedWeeks } from '../overview/flagged-weeks.tsx'
import { Headline } from '../overview/headline.tsx'
import { KindWeeks } from '../overview/kind-weeks.tsx'
import type { About } from '../overview/overview.tsx'
import { WhereItWent } from '../overview/where-it-went.tsx'
import { Activities } from './activities.tsx'
import { OwnBaseline } from './own-baseline.tsx'

const TITLES: Readonly<Record<Part, string>> = {
  person: 'Person',
  team: 'Team',
  project: 'Project',
  kind: 'Kind of activity',
}

/** What its change isn't taken apart by, as it is one. */
const OWN = { person: 'USER', team: 'TEAM', project: 'PROJECT', kind: 'STEREOTYPE' } as const

const PARTS: Readonly<Record<Part, readonly Part[]>> = {
  person: ['project', 'team'],
  team: ['person', 'project'],
  project: ['person', 'team'],
  kind: ['person', 'team', 'project'],
}

export function SubjectView({ of, id }: { of: Part; id: string }) {
  const { params, here } = useAddress()
  const newest = useAnswer(NewestDocument, {})
  const subject = useSubject(of, id)
  const selection: Selection = { ...selectionOf(params), [of]: id }
  const activity = newest.data?.activities.nodes[0]
  const period = periodOf(params, today(), activity?.date)
  const headline = useAnswer(
    HeadlineDocument,
    newest.data
      ? {
          from: period.from,
          to: period.to,
          beforeFrom: period.before.from,
          beforeTo: period.before.to,
          filter: filterOf(selection),
        }
      : null,
  )
  const error = newest.error ?? subject.error
  useTitle(subject.name)
  if ((!newest.data || !subject.name) && error)
    return <Failure error={error} again={newest.error ? newest.again : subject.again} />
  if (!newest.data || !subject.name) return <Skeleton height={40} />
  const about = { period, selection }
  return (
    <>
      <p class="crumbs">
        <Link href="/">Overview</Link> › {TITLES[of]} <strong>{subject.name}</strong> {subject.more}
      </p>
      <Filters {...about} fixed={of} oldest={newest.data.oldest.nodes[0]?.date} />
      <Shown asked={headline} height={10}>
        {(data) => (
          <Headline
            {...about}
            data={data}
            now={headline.now}
            newest={activity?.date ?? period.to}
            newestHref={here({ until: activity?.date, period: null, from: null, to: null })}
          />
        )}
      </Shown>
      {headline.data ? (
        <Sections {...about} of={of} headline={headline} />
      ) : (
        !headline.error && <Skeleton height={40} />
      )}
    </>
  )
}

function Sections({ of, headline, ...about }: About & { of: Part; headline: Asked<HeadlineQuery> }) {
  return (
    <>
      <OwnBaseline {...about} of={of} />
      <Change {...about} not={OWN[of]} />
      {(of === 'person' || of === 'team') && <FlaggedWeeks {...about} />}
      {of !== 'kind' && (
        <section class="halves">
          <Shown asked={headline} height={16}>
            {(data) => <WhereItWent {...about} data={data} />}
          </Shown>
        </section>
      )}
      {of !== 'kind' && <KindWeeks {...about} kinds={headline.data?.kindsNow.nodes} />}
      <Breakdown {...about} parts={PARTS[of]} />
      <Activities {...about} />
    </>
  )
}

/** What the tab is called while it is looked at. */
function useTitle(name: string | undefined) {
  useEffect(() => {
    if (!name) return
    document.title = `${name} · Steelthread`
    return () => {
      document.title = 'Steelthread'
    }
  }, [name])
}

interface Named {
  name?: string
  more?: ComponentChildren
  error?: Error | null
  again?: () => void
}

const TYPES = { person: 'User', team: 'Team', project: 'Project', kind: undefined } as const

/** Its name, and what else is known of it. */
function useSubject(of: Part, id: string): Named {
  const isKind = of === 'kind'
  const { data, error, again } = useAnswer(SubjectDocument, isKind ? null : { id })
  const choices = useAnswer(ChoicesDocument, isKind ? {} : null)
  if (isKind) {
    const names =
      choices.data?.stereotypesConnection.nodes.filter(({ code }) => code === id).map(({ name }) => name) ?? []
    return {
      name: choices.data && ([...new Set(names)].slice(0, 3).join(' / ') || id),
      error: choices.error,
      again: choices.again,
    }
  }
  const isNoId = error instanceof Refusal && error.code === 'BAD_USER_INPUT'
  if (isNoId || (data && data.node?.__typename !== TYPES[of])) {
    return { error: new Refusal(`There is no such ${TITLES[of].toLowerCase()}.`, 'NOT_FOUND') }
  }
  const node = data?.node
  return { name: node && 'name' in node ? node.name : undefined, more: node && moreOf(node), error, again }
}

function moreOf(node: NonNullable<SubjectQuery['node']>): ComponentChildren {
  switch (node.__typename) {
    case 'User':
      return (
        <span class="quiet">
          {node.source} {node.externalId}
        </span>
      )
    case 'Project':
      return <span class="quiet">{[node.client && `for ${node.client}`, node.source].filter(Boolean).join(', ')}</span>
    case 'Team': {
      const members = node.members.filter(({ to }) => to === null || to >= today())
      const former = node.members.length - members.length
      return (
        <span class="quiet members">
          {members.map(({ user, from }, index) => (
            <span key={user.id} title={`since ${fullName(from)}`}>
              {index > 0 && ', '}
              <SubjectLink of="person" id={user.id}>
                {user.name}
              </SubjectLink>
            </span>
          ))}
          {former > 0 && `, and ${former} who left`}
        </span>
      )
    }
    default:
      return null
  }
}
