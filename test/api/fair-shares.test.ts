/** One who sends many large queries holds up nobody else: see `model/fair-room.ts`, and here that it is who asks that counts. */
import { jest } from '@jest/globals'
import { createKey } from '../../src/auth/new-key.ts'
import { Freshness } from '../../src/freshness/freshness.ts'
import { Role } from '../../src/model/caller.ts'
import { type TestService, testService } from '../support/service.ts'
import { until } from '../support/until.ts'

/** Of 10,000 values that there is room for it needs some 4,000. */
const heavy = (name: string, list = 'quarantine') =>
  `query ${name} { ${list}(first: 100) { nodes { ${Array.from({ length: 40 }, (_, i) => `f${i}: id`).join(' ')} } } }`
const LIGHT = 'query light { users(first: 5) { nodes { name } } }'

let service: TestService
let flooding: string
let other: string
let script: string
/** Lets the reads that have begun go on, in the order in which they began. */
const held: (() => void)[] = []

beforeAll(async () => {
  service = await testService({ auth: {}, limits: { MAX_QUERY_VALUES: 10_000 } })
  const keyOf = async (name: string, role: Role) =>
    (await createKey(service.database, { name, role }, { by: 'the test', sourceNames: [] })).secret
  flooding = await keyOf('flooding', Role.VIEWER)
  other = await keyOf('other', Role.VIEWER)
  script = await keyOf('a script', Role.INGESTER)
})

afterAll(() => service.stop())

const { inOneMoment } = Freshness.prototype
let spied: ReturnType<typeof jest.spyOn>

beforeEach(() => {
  spied = jest.spyOn(Freshness.prototype, 'inOneMoment').mockImplementation(async function (
    this: Freshness,
    ...args: unknown[]
  ) {
    await new Promise<void>((resolve) => held.push(resolve))
    return (inOneMoment as (...args: unknown[]) => Promise<never>).apply(this, args)
  })
})

afterEach(() => spied.mockRestore())

/** Asks, and says in what order answers came. */
function asking() {
  const answered: string[] = []
  const ask = (key: string, name: string, query: string) =>
    service.askAs(key, query).then(({ status, errors }) => {
      answered.push(name)
      return { status, code: errors?.[0]?.extensions.code }
    })
  /** Lets the one go on that began first, and waits for what that comes to. */
  const goOn = async () => {
    const before = answered.length
    held.shift()?.()
    await until(() => answered.length > before)
  }
  return { answered, ask, goOn }
}

const ANSWERED = { status: 200, code: undefined }

test('another’s large query waits for two of a flood beside those under way, and a light one for none', async () => {
  const { answered, ask, goOn } = asking()
  const asked = Array.from({ length: 20 }, (_, i) => ask(flooding, 'flood', heavy(`flood${i}`)))
  await until(() => held.length === 2)
  asked.push(ask(other, 'large', heavy('large')), ask(other, 'light', LIGHT))
  await until(() => held.length === 3)
  // The light one began last, beside those two.
  held.unshift(...held.splice(2, 1))
  await goOn()
  expect(answered).toEqual(['light'])
  while (!answered.includes('large')) await goOn()
  expect(answered.filter((name) => name === 'flood').length).toBeLessThanOrEqual(4)
  while (answered.length < 22) await goOn()
  expect(await Promise.all(asked)).toEqual(Array(22).fill(ANSWERED))
})

test('of large queries four are under way at once, though there is room for more', async () => {
  const { answered, ask, goOn } = asking()
  const large = (i: number) =>
    `query large${i} { quarantine(first: 100) { nodes { id source status attempts row problems { code } } } }`
  const asked = Array.from({ length: 8 }, (_, i) => ask(flooding, 'large', large(i)))
  await until(() => held.length === 4)
  asked.push(ask(other, 'light', LIGHT))
  // What comes beside them is the light one.
  await until(() => held.length === 5)
  held.unshift(...held.splice(4, 1))
  await goOn()
  expect([answered, held.length]).toEqual([['light'], 4])
  while (answered.length < 9) await goOn()
  expect(await Promise.all(asked)).toEqual(Array(9).fill(ANSWERED))
})

test('what is refused while it waits for room takes none', async () => {
  const { ask, goOn } = asking()
  const underWay = [0, 1].map((i) => ask(flooding, 'flood', heavy(`flood${i}`)))
  await until(() => held.length === 2)
  // Over a connection, as of what is answered there nothing is cancelled.
  const address = await service.server.listen({ host: '127.0.0.1', port: 0 })
  const refused = Array.from({ length: 5 }, (_, i) =>
    fetch(`${address}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${script}` },
      body: JSON.stringify({ query: heavy(`refused${i}`, 'activities') }),
    }),
  )
  expect((await Promise.all(refused)).map(({ status }) => status)).toEqual([403, 403, 403, 403, 403])
  await goOn()
  await goOn()
  await Promise.all(underWay)
  const after = ask(flooding, 'after', heavy('after'))
  await until(() => held.length === 1)
  await goOn()
  expect(await after).toEqual(ANSWERED)
})
