/** A limited viewer is told of those whom it sees now, not of those whom it saw when it subscribed. */
import { once } from 'node:events'
import { jest } from '@jest/globals'
import { WebSocket } from 'ws'
import { createKey } from '../../../src/auth/new-key.ts'
import { Role } from '../../../src/model/caller.ts'
import { type TestService, testService } from '../../support/service.ts'
import { ANN, addPeople, BEN } from '../../support/timesheet-rows.ts'
import { until } from '../../support/until.ts'

const LIVE = 'subscription { activitiesIngested { source touched { windows { subjectId } } } }'

let service: TestService

afterEach(async () => {
  jest.useRealTimers()
  await service?.stop()
})

test('who leaves a team is told of no more to a viewer that is limited to it', async () => {
  service = await testService({ auth: {}, today: () => '2026-04-15' })
  const keyOf = (name: string, more: object) =>
    createKey(service.database, { name, role: Role.VIEWER, ...more }, { by: 'the test', sourceNames: [] })
  const admin = await keyOf('admin', { role: Role.ADMIN })
  const get = async (query: string, variables?: object) => (await service.askAs(admin.secret, query, variables)).data
  const people = await addPeople({ get })
  const team = async (until: string | null) => {
    const members = [
      { userId: people[ANN], from: '2026-01-01' },
      { userId: people[BEN], from: '2026-01-01', to: until },
    ]
    const made = await get('mutation ($input: [TeamInput!]!) { upsertTeams(input: $input) { id } }', {
      input: [{ name: 'Red', members }],
    })
    return made.upsertTeams[0].id
  }
  const viewer = await keyOf('viewer', { teamIds: [await team(null)] })
  const address = await service.server.listen({ host: '127.0.0.1', port: 0 })
  jest.useFakeTimers({
    doNotFake: [
      ...(['Date', 'hrtime', 'performance', 'nextTick', 'queueMicrotask'] as const),
      ...(['setImmediate', 'clearImmediate', 'setTimeout', 'clearTimeout'] as const),
    ],
  })
  const socket = new WebSocket(`${address.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  const told: string[] = []
  let messages = 0
  socket.on('message', (text) => {
    const { payload } = JSON.parse(String(text))
    messages++
    const { source, touched } = payload?.data?.activitiesIngested ?? {}
    for (const { subjectId } of touched?.windows ?? []) told.push(`${source} ${subjectId}`)
  })
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${viewer.secret}` } }))
  await until(() => messages === 1)
  socket.send(JSON.stringify({ type: 'subscribe', id: 'a', payload: { query: LIVE } }))
  await until(() => service.live.subscriberCount === 1)
  /** Of whom it is told, of what is written of both. */
  const seenOf = async (round: number) => {
    for (const id of [people[BEN], people[ANN]]) {
      const windows = [{ subjectId: id ?? '', from: '2026-03-02', to: '2026-03-02' }]
      const counts = { batchId: null, inserted: 1, updated: 0, deleted: 0, windowCount: 1, isComplete: true }
      await service.publish('activities.ingested', { source: `round ${round}`, windows, ...counts })
    }
    await until(() => told.includes(`round ${round} ${people[ANN]}`))
    return told.filter((line) => line.startsWith(`round ${round} `)).length
  }
  expect(await seenOf(1)).toBe(2)
  await team('2026-03-31')
  jest.advanceTimersByTime(12_000)
  let round = 1
  await until(async () => (await seenOf(++round)) === 1)
  socket.terminate()
  await until(() => service.live.subscriberCount === 0)
})
