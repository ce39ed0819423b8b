import { datesBetween } from '../../src/model/calendar.ts'
import type { Window } from '../../src/model/window.ts'
import type { TestService } from './service.ts'

/** A row of the source `timesheets`. */
export interface TimesheetRow {
  id: unknown
  activity_date: unknown
  duration_seconds: unknown
  value_type: unknown
  stereotype_id: unknown
  user_id: unknown
}

export const CODING = 's-coding'
export const MEETING = 's-meeting'
export const PTO = 's-pto'
export const ANN = 'u-ann'
export const BEN = 'u-ben'

/** A good row: an hour of Ann's in a meeting on Monday 2026-03-02, unless told otherwise. */
export function row(id: unknown, other: Partial<TimesheetRow> = {}): TimesheetRow & Record<string, unknown> {
  return {
    id,
    activity_date: '2026-03-02',
    duration_seconds: 3600,
    value_type: 'NVA',
    stereotype_id: MEETING,
    user_id: ANN,
    ...other,
  }
}

/** Makes Ann, Ben and three stereotypes known. Returns the ids of the users by their keys. */
export async function addPeople(service: Pick<TestService, 'get'>): Promise<Record<string, string>> {
  const { upsertUsers } = await service.get(
    `mutation ($users: [UserInput!]!, $stereotypes: [StereotypeInput!]!) {
      upsertUsers(input: $users) { id externalId }
      upsertStereotypes(input: $stereotypes) { id }
    }`,
    {
      users: [
        { source: 'timesheets', externalId: ANN, name: 'Ann' },
        { source: 'timesheets', externalId: BEN, name: 'Ben' },
      ],
      stereotypes: [
        { source: 'timesheets', externalId: CODING, code: 'coding', name: 'Coding' },
        { source: 'timesheets', externalId: MEETING, code: 'meeting', name: 'Meeting' },
        { source: 'timesheets', externalId: PTO, code: 'PTO', name: 'Time off' },
      ],
    },
  )
  return Object.fromEntries(upsertUsers.map((user: { id: string; externalId: string }) => [user.externalId, user.id]))
}

/** Ingests rows and returns the counts of the report. */
export async function ingest(
  service: Pick<TestService, 'get'>,
  rows: readonly object[],
  idempotencyKey?: string,
): Promise<{
  id: string
  received: number
  inserted: number
  updated: number
  unchanged: number
  quarantined: number
  superseded: number
}> {
  const { ingestActivities } = await service.get(
    `mutation ($input: IngestActivitiesInput!) {
      ingestActivities(input: $input) { id received inserted updated unchanged quarantined superseded }
    }`,
    { input: { source: 'timesheets', rows, idempotencyKey } },
  )
  return ingestActivities
}

/** Six days from Monday 2026-03-02 on, an activity a day of Ann's and of Ben's (`ann 2026-03-02` …). Returns their week. */
export async function addSixDays(service: Pick<TestService, 'get'>): Promise<[ann: Window, ben: Window]> {
  const people = await addPeople(service)
  const dates = datesBetween('2026-03-02', '2026-03-07')
  await ingest(
    service,
    dates.flatMap((date) => [
      row(`ann ${date}`, { activity_date: date }),
      row(`ben ${date}`, { activity_date: date, user_id: BEN }),
    ]),
  )
  const weekOf = (key: string) => ({ subjectId: people[key] ?? '', from: '2026-03-02', to: '2026-03-08' })
  return [weekOf(ANN), weekOf(BEN)]
}
