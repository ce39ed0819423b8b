import { type TestService, testService } from '../../support/service.ts'
import { ANN, addPeople, BEN, CODING, ingest, MEETING, row } from '../../support/timesheet-rows.ts'

let service: TestService

beforeEach(async () => {
  service = await testService()
  await addPeople(service)
})

afterEach(() => service.stop())

interface State {
  since: string | null
  until: string | null
  changed: string[]
}

async function historyOf(externalId: string, fields: string): Promise<(State & Record<string, unknown>)[]> {
  const { activityHistory } = await service.get(
    `query ($id: String!) { activityHistory(source: "timesheets", externalId: $id) { since until changed ${fields} } }`,
    { id: externalId },
  )
  return activityHistory
}

function recode(externalId: string, code: string): Promise<unknown> {
  return service.get('mutation ($input: [StereotypeInput!]!) { upsertStereotypes(input: $input) { id } }', {
    input: [{ source: 'timesheets', externalId, code, name: code }],
  })
}

test('an activity tells what it was, by which batch and row, and what changed', async () => {
  const first = await ingest(service, [row(2), row(1)])
  const second = await ingest(service, [row(1, { duration_seconds: 60, activity_date: '2026-03-03', user_id: BEN })])
  await ingest(service, [row(1, { duration_seconds: 60, activity_date: '2026-03-03', user_id: BEN })])
  const states = await historyOf(
    '1',
    'date durationSeconds type stereotype { code } stereotypeCode user { name } project { id } batch { id } rowIndex',
  )
  const common = { type: 'NON_VALUE_ADD', stereotype: { code: 'meeting' }, stereotypeCode: 'meeting', project: null }
  expect(states).toEqual([
    {
      ...common,
      since: expect.any(String),
      until: states[1]?.since,
      changed: [],
      date: '2026-03-02',
      durationSeconds: 3600,
      user: { name: 'Ann' },
      batch: { id: first.id },
      rowIndex: 1,
    },
    {
      ...common,
      since: expect.any(String),
      until: null,
      changed: ['date', 'durationSeconds', 'user'],
      date: '2026-03-03',
      durationSeconds: 60,
      user: { name: 'Ben' },
      batch: { id: second.id },
      rowIndex: 0,
    },
  ])
})

test('a new code of its stereotype is a state of its own', async () => {
  await ingest(service, [row(1)])
  await recode(MEETING, 'talk')
  await ingest(service, [row(1, { stereotype_id: CODING, value_type: 'VA' })])
  const states = await historyOf('1', 'type stereotypeCode')
  expect(states.map(({ since: _, until: __, ...state }) => state)).toEqual([
    { changed: [], type: 'NON_VALUE_ADD', stereotypeCode: 'meeting' },
    { changed: ['stereotypeCode'], type: 'NON_VALUE_ADD', stereotypeCode: 'talk' },
    { changed: ['type', 'stereotype', 'stereotypeCode'], type: 'VALUE_ADD', stereotypeCode: 'coding' },
  ])
})

test('an activity that was deleted has an end, and one that came back a gap', async () => {
  await ingest(service, [row(1)])
  await service.get('mutation { deleteActivities(source: "timesheets", externalIds: ["1"]) }')
  const [deleted, ...none] = await historyOf('1', 'date')
  expect(none).toEqual([])
  expect(deleted?.until).not.toBeNull()
  await ingest(service, [row(1)])
  const [, back] = await historyOf('1', 'date')
  expect(back).toMatchObject({ changed: [], until: null })
})

test('a stereotype that was deleted is known by its code', async () => {
  await ingest(service, [row(1)])
  const [{ stereotype }] = (await historyOf('1', 'stereotype { id }')) as unknown as [{ stereotype: { id: string } }]
  await ingest(service, [row(1, { stereotype_id: CODING })])
  await service.get('mutation ($ids: [ID!]!) { deleteStereotypes(ids: $ids) }', { ids: [stereotype.id] })
  expect((await historyOf('1', 'stereotype { code } stereotypeCode'))[0]).toMatchObject({
    stereotype: null,
    stereotypeCode: 'meeting',
  })
})

test('a user who was deleted is in no history', async () => {
  await ingest(service, [row(1)])
  await ingest(service, [row(1, { user_id: BEN })])
  const [{ user }] = (await historyOf('1', 'user { id }')) as unknown as [{ user: { id: string } }]
  await service.get('mutation ($ids: [ID!]!) { deleteUsers(ids: $ids) }', { ids: [user.id] })
  expect(await historyOf('1', 'user { name }')).toMatchObject([{ user: { name: 'Ben' }, changed: [] }])
})

test('keys are found with blanks around them, and of an unknown one nothing is known', async () => {
  await ingest(service, [row(1, { user_id: ANN })])
  expect(await historyOf(' 1 ', 'date')).toHaveLength(1)
  expect(await historyOf('unknown', 'date')).toEqual([])
})

test('an unknown source is refused', async () => {
  const { errors } = await service.ask('{ activityHistory(source: "nowhere", externalId: "1") { date } }')
  expect(errors?.[0]).toMatchObject({
    message: expect.stringMatching(/^Unknown source "nowhere"; there is /),
    extensions: { code: 'BAD_USER_INPUT', argument: 'source' },
  })
})
