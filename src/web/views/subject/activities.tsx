/** The activities of these days, newest first. */
import { usePages } from '../../data/use-answer.ts'
import { fullName } from '../../model/calendar.ts'
import { hours } from '../../model/figures.ts'
import { SubjectLink } from '../../parts/link.tsx'
import { MorePages } from '../../parts/pager.tsx'
import { Section } from '../../parts/section.tsx'
import { Table } from '../../parts/table.tsx'
import { ActivitiesDocument } from '../../queries.ts'
import type { About } from '../overview/overview.tsx'

const PAGE = 50

export function Activities({ period: { from, to }, selection: { person, team, project, kind, source } }: About) {
  const filter = {
    from,
    to,
    userIds: person ? [person] : undefined,
    teamIds: team ? [team] : undefined,
    projectIds: project ? [project] : undefined,
    stereotypeCodes: kind ? [kind] : undefined,
    source,
  }
  const asked = usePages(ActivitiesDocument, { filter, first: PAGE }, ({ activities }) => activities.pageInfo)
  return (
    <Section title="Activities" note="As they are stored, paid time off among them." asked={asked} height={20}>
      {(pages) => (
        <>
          <Table
            caption="Activities, newest first"
            isCaptionUnseen
            rows={pages.flatMap(({ activities }) => activities.nodes)}
            file="activities"
            empty="There are none in these days."
            columns={[
              {
                title: 'Date',
                value: ({ date }) => date,
                show: ({ date }) => <time dateTime={date}>{fullName(date)}</time>,
                isHead: true,
              },
              {
                title: 'Person',
                value: ({ user }) => user.name,
                show: ({ user }) => (
                  <SubjectLink of="person" id={user.id}>
                    {user.name}
                  </SubjectLink>
                ),
              },
              {
                title: 'Kind',
                value: ({ stereotype }) => stereotype.name,
                show: ({ stereotype: { code, name } }) => (
                  <SubjectLink of="kind" id={code}>
                    {name}
                  </SubjectLink>
                ),
              },
              {
                title: 'Project',
                value: ({ project: on }) => on?.name,
                show: ({ project: on }) =>
                  on ? (
                    <SubjectLink of="project" id={on.id}>
                      {on.name}
                    </SubjectLink>
                  ) : (
                    '–'
                  ),
              },
              {
                title: 'Hours',
                value: ({ durationSeconds }) => durationSeconds,
                show: ({ durationSeconds }) => hours(durationSeconds),
                isNumber: true,
              },
              {
                title: 'Value',
                value: ({ type }) => type,
                show: ({ type }) => (type === 'VALUE_ADD' ? 'added' : 'none'),
              },
              { title: 'Source row', value: (row) => `${row.source} ${row.externalId}` },
            ]}
          />
          <MorePages
            shown={pages.reduce((sum, { activities }) => sum + activities.nodes.length, 0)}
            total={pages[0]?.activities.totalCount ?? 0}
            what="activities"
            more={asked.more}
          />
        </>
      )}
    </Section>
  )
}
