import { jest } from '@jest/globals'
import { AnswerMemory } from '../../src/api/answer-memory.ts'
import { Freshness } from '../../src/freshness/freshness.ts'
import { type TestService, testService } from '../support/service.ts'
import { addPeople, ingest, row } from '../support/timesheet-rows.ts'
import { until } from '../support/until.ts'

const TYPE = 'application/json'

/** Answers that are numbered, from a memory that knows this proof. */
function answering(state: { proof: string | null }) {
  const memory = new AnswerMemory({ now: async () => state.proof })
  let made = 0
  return async (request: string, text = '') => {
    const { known, remember } = await memory.recall(request)
    if (known) return known.text
    const answer = { text: `${++made}${text}`, type: TYPE }
    await remember(answer)
    return answer.text
  }
}

test('what is asked again is remembered for as long as the proof is the same', async () => {
  const state: { proof: string | null } = { proof: 'a' }
  const ask = answering(state)
  expect([await ask('q'), await ask('q'), await ask('q'), await ask('q')]).toEqual(['1', '2', '2', '2'])
  state.proof = 'b'
  expect([await ask('q'), await ask('q')]).toEqual(['3', '3'])
  state.proof = 'a'
  expect(await ask('q')).toBe('4')
})

test('nothing is remembered where nothing is proven', async () => {
  const ask = answering({ proof: null })
  expect([await ask('q'), await ask('q'), await ask('q')]).toEqual(['1', '2', '3'])
})

test('what was made while something was committed is not remembered', async () => {
  let commits = 0
  const memory = new AnswerMemory({ now: async () => String(commits++) })
  for (let i = 0; i < 3; i++) {
    const { known, remember } = await memory.recall('q')
    expect(known).toBeNull()
    await remember({ text: 'x', type: TYPE })
  }
})

test('memory is bounded: what was asked longest ago is forgotten, and what is too long is not remembered', async () => {
  const ask = answering({ proof: 'a' })
  const long = 'x'.repeat(1_000_000)
  for (let i = 0; i < 30; i++) for (let times = 0; times < 2; times++) await ask(`q${i}`, long)
  expect((await ask('q29')).length).toBeGreaterThan(1_000_000)
  expect(await ask('q0')).toBe('61')
  const tooLong = 'x'.repeat(1024 * 1024)
  expect(
    [await ask('long', tooLong), await ask('long', tooLong), await ask('long', '')].map((text) => text.length > 9),
  ).toEqual([true, true, false])
})

describe('in the service', () => {
  let service: TestService
  let read: jest.SpiedFunction<Freshness['activitiesText']>

  beforeAll(async () => {
    read = jest.spyOn(Freshness.prototype, 'activitiesText')
    service = await testService()
    await addPeople(service)
    await ingest(service, [row('a')])
  })

  afterAll(async () => {
    read.mockRestore()
    await service.stop()
  })

  const PAGE = '{ activities { nodes { externalId durationSeconds timeSplit { totalSeconds } } } }'
  const seconds = async (from = service) => (await from.get(PAGE)).activities.nodes[0].timeSplit.totalSeconds

  test('an equal request is answered without a read, with the same receipt, until something is committed', async () => {
    let answer = await service.ask(PAGE)
    // Other databases of the tests' server may commit at any moment.
    await until(async () => {
      const reads = read.mock.calls.length
      answer = await service.ask(PAGE)
      return read.mock.calls.length === reads
    })
    expect(answer).toEqual({
      data: { activities: { nodes: [{ externalId: 'a', durationSeconds: 3600, timeSplit: { totalSeconds: 3600 } }] } },
      extensions: { receipt: { checked: 1, recomputed: 0, unchanged: 0, verified: 0 } },
    })
    await ingest(service, [row('a', { duration_seconds: 60 })])
    expect(await seconds()).toBe(60)
  })

  test('what another service commits is seen', async () => {
    const other = await testService({ url: service.url })
    for (const duration_seconds of [10, 20, 30]) {
      await ingest(other, [row('a', { duration_seconds })])
      for (let times = 0; times < 4; times++) expect(await seconds()).toBe(duration_seconds)
    }
    await other.stop()
  })

  test('a mutation is done as often as it is asked', async () => {
    const mutation = 'mutation { discardAnnotations(stage: "time_split") }'
    const { discardAnnotations: first } = await service.get(mutation)
    expect(first).toBe(1)
    expect((await service.get(mutation)).discardAnnotations).toBe(0)
    await seconds()
    expect((await service.get(mutation)).discardAnnotations).toBe(1)
  })

  test('tomorrow is another day', async () => {
    let today = '2026-03-03'
    const own = await testService({ url: service.url, today: () => today })
    const trend = async () =>
      (await own.get('{ activities { nodes { wasteTrend { unfinished } } } }')).activities.nodes[0].wasteTrend
    for (let times = 0; times < 4; times++) expect(await trend()).toEqual({ unfinished: true })
    today = '2026-03-09'
    expect(await trend()).toEqual({ unfinished: false })
    await own.stop()
  })

  test('another type is given to who accepts another', async () => {
    const send = (accept: string) =>
      service.server.inject({ method: 'POST', url: '/graphql', payload: { query: PAGE }, headers: { accept } })
    for (let times = 0; times < 4; times++) {
      expect((await send('application/json')).headers['content-type']).toBe('application/json; charset=utf-8')
      expect((await send('application/graphql-response+json')).headers['content-type']).toBe(
        'application/graphql-response+json; charset=utf-8',
      )
      expect((await send('text/html')).statusCode).toBe(406)
    }
  })
})
