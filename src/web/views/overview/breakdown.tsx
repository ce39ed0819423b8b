/** Who and what it is about: teams, projects or kinds, largest loss first. */
import { useAnswer } from '../../data/use-answer.ts'
import { filterOf, type Selection } from '../../model/address.ts'
import { count, hours, percent } from '../../model/figures.ts'
import { Choice } from '../../parts/choice.tsx'
import { Explained, SubjectLink, useAddress } from '../../parts/link.tsx'
import { Section } from '../../parts/section.tsx'
import { Table } from '../../parts/table.tsx'
import { BreakdownDocument, type BreakdownQuery, type WasteDimension } from '../../queries.ts'
import { kindName } from './moves.ts'
import type { About } from './overview.tsx'

type Group = BreakdownQuery['waste']['nodes'][number]
export type Part = 'team' | 'project' | 'person' | 'kind'

const PARTS: Readonly<Record<Part, { title: string; dimension: WasteDimension }>> = {
  team: { title: 'Team', dimension: 'TEAM' },
  project: { title: 'Project', dimension: 'PROJECT' },
  person: { title: 'Person', dimension: 'USER' },
  kind: { title: 'Kind', dimension: 'STEREOTYPE' },
}

const MOST = 50

/** `parts` are those that can be chosen; of a team, say, all but teams. */
export function Breakdown({ period, selection, parts = ['team', 'project'] }: About & { parts?: readonly Part[] }) {
  const { params, change } = useAddress()
  const chosen = parts.find((part) => part === params.get('parts')) ?? parts[0] ?? 'team'
  const { title, dimension } = PARTS[chosen]
  const days = { from: period.from, to: period.to }
  const asked = useAnswer(BreakdownDocument, {
    ...days,
    filter: filterOf(selection),
    groupBy: [dimension],
    orderBy: 'NVA_DESC',
    first: MOST,
  })
  // What is of no team or project can't be asked for by itself.
  const explained = (group: Group, text: string) =>
    idOf(group, chosen) ? (
      <Explained cell={{ ...selection, ...days, ...selectionOf(group, chosen) }}>{text}</Explained>
    ) : (
      text
    )
  return (
    <Section
      title={`By ${title.toLowerCase()}`}
      asked={asked}
      height={12}
      actions={
        <Choice
          label="By"
          value={chosen}
          options={parts.map((part) => [part, PARTS[part].title] as const)}
          choose={(part) => change({ parts: part === parts[0] ? null : part })}
        />
      }
    >
      {({ waste }) => (
        <>
          <Table
            caption={`Time by ${title.toLowerCase()}, largest loss first`}
            isCaptionUnseen
            rows={waste.nodes}
            file={`by-${chosen}`}
            empty={`Nothing is booked on a ${title.toLowerCase()} in these days.`}
            columns={[
              {
                title,
                value: (group) => nameOf(group, chosen),
                show: (group) => <Name group={group} part={chosen} />,
                isHead: true,
              },
              {
                title: 'Hours lost',
                value: ({ nvaSeconds }) => nvaSeconds,
                show: (group) => explained(group, hours(group.nvaSeconds)),
                isNumber: true,
              },
              {
                title: 'Booked',
                value: ({ totalSeconds }) => totalSeconds,
                show: (group) => explained(group, hours(group.totalSeconds)),
                isNumber: true,
              },
              {
                title: 'Share',
                value: ({ wasteRatio }) => wasteRatio,
                show: (group) => (
                  <>
                    <span class="meter" aria-hidden="true">
                      <span style={{ width: `${100 * (group.wasteRatio ?? 0)}%` }} />
                    </span>{' '}
                    {explained(group, percent(group.wasteRatio))}
                  </>
                ),
                isNumber: true,
              },
              {
                title: 'Refused rows',
                value: ({ quarantinedRows }) => quarantinedRows,
                show: ({ quarantinedRows }) => count(quarantinedRows),
                isNumber: true,
              },
            ]}
          />
          {waste.totalCount > waste.nodes.length && (
            <p class="quiet">
              The {count(waste.nodes.length)} that lost most, of {count(waste.totalCount)}.
            </p>
          )}
        </>
      )}
    </Section>
  )
}

function selectionOf(group: Group, part: Part): Selection {
  const id = idOf(group, part)
  return id ? { [part]: id } : {}
}

function idOf({ team, project, user, stereotypeCode }: Group, part: Part): string | undefined {
  return { team: team?.id, project: project?.id, person: user?.id, kind: stereotypeCode ?? undefined }[part]
}

function nameOf(group: Group, part: Part): string {
  if (part === 'kind') return kindName(group)
  const named = { team: group.team, project: group.project, person: group.user }[part]
  return named?.name ?? `of no ${part}`
}

function Name({ group, part }: { group: Group; part: Part }) {
  const id = idOf(group, part)
  if (!id) return <span class="quiet">{nameOf(group, part)}</span>
  return (
    <>
      <SubjectLink of={part} id={id}>
        {nameOf(group, part)}
      </SubjectLink>
      {part === 'project' && group.project?.client && <span class="quiet"> {group.project.client}</span>}
    </>
  )
}
