import { jetstreamManager } from '@nats-io/jetstream'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import type { Database } from '../../../src/cache/database.ts'
import { BrokerCarrier } from '../../../src/dispatch/broker/broker-carrier.ts'
import { BrokerConnection } from '../../../src/dispatch/broker/broker-connection.ts'
import { BrokerDispatcher } from '../../../src/dispatch/broker/broker-dispatcher.ts'
import { nameOf } from '../../../src/dispatch/broker/event-stream.ts'
import type { Dispatcher } from '../../../src/dispatch/dispatcher.ts'
import { setDeadline } from '../../../src/model/deadlines.ts'
import { BusyError, NoWorkerError, StageOutputError } from '../../../src/model/errors.ts'
import { describeWithBroker, type TestBroker, testBroker } from '../../support/broker.ts'
import { eventBus } from '../../support/event-bus.ts'
import { describeDispatcher, type Made, type Report } from '../dispatcher-contract.ts'

const LIMITS = { keepDays: 1, mostBytes: 10_000_000, replicas: 1 }
const QUIET = { waiting: () => undefined, otherwise: () => undefined }
const TOPIC = { stage: 'time_split', logic: 'l' }
const ASKED = { ...TOPIC, windows: [{ subjectId: 'u', from: '2026-03-02', to: '2026-03-02' }] }
const RECEIPT = { checked: 1, recomputed: 1, unchanged: 0, verified: 0 }

describeWithBroker('over a broker', () => {
  let broker: TestBroker
  const connections: BrokerConnection[] = []
  let prefixes = 0

  beforeAll(async () => {
    broker = await testBroker()
  })

  afterEach(async () => {
    for (const connection of connections.splice(0)) await connection.close()
  })

  afterAll(() => broker.close())

  /** A process's own. */
  async function dispatcher({
    failed = [],
    ...settings
  }: {
    failed?: unknown[]
    url?: string
    prefix?: string
  } = {}): Promise<BrokerDispatcher> {
    return new BrokerDispatcher(undefined, await connected(settings), (error) => failed.push(error))
  }

  async function connected({ url = broker.url, prefix = `test${prefixes}` } = {}): Promise<BrokerConnection> {
    const connection = new BrokerConnection({ url, prefix }, () => undefined)
    connections.push(connection)
    await connection.connectedWithin(5_000)
    return connection
  }

  beforeEach(() => {
    prefixes++
  })

  /** A dispatcher whose facts go over the broker, and who answers it. */
  async function overBroker(database: Database, handlerFailed: Report, worker?: BrokerDispatcher): Promise<Made> {
    const prefix = `test${prefixes}`
    const connection = await connected({ prefix })
    const events = eventBus(database, { handlerFailed, carrier: new BrokerCarrier(connection, LIMITS, QUIET) })
    const own = new BrokerDispatcher(events, connection, () => undefined)
    const idle = async () => {
      do await own.idle()
      while (!(await allDelivered(connection)))
      await worker?.idle()
      await own.idle()
    }
    const respond: Dispatcher['respond'] = (type, handler) => (worker ?? own).respond(type, handler, [TOPIC])
    return { dispatcher: { ...bound(own), respond, idle }, close: () => events.close() }
  }

  describeDispatcher('BrokerDispatcher, asked by the process that answers', overBroker)

  describeDispatcher('BrokerDispatcher, asked by another process', async (database, report) =>
    overBroker(database, report, await dispatcher()),
  )

  test('of several who answer one does, each time', async () => {
    const counts = [0, 0, 0]
    for (const i of counts.keys()) {
      const worker = await dispatcher()
      worker.respond('slices.refresh', async () => {
        counts[i] = (counts[i] ?? 0) + 1
        return RECEIPT
      }, [TOPIC])
      await worker.idle()
    }
    const asker = await dispatcher()
    await Promise.all(Array.from({ length: 60 }, () => asker.request('slices.refresh', ASKED)))
    expect(counts.reduce((sum, count) => sum + count)).toBe(60)
    expect(Math.min(...counts)).toBeGreaterThan(0)
  })

  test('who has another logic of the stage is not asked', async () => {
    const worker = await dispatcher()
    worker.respond('slices.refresh', async () => RECEIPT, [{ ...TOPIC, logic: 'another' }])
    await worker.idle()
    const asker = await dispatcher()
    const begun = performance.now()
    await expect(asker.request('slices.refresh', ASKED)).rejects.toThrow(new NoWorkerError('time_split').message)
    expect(performance.now() - begun).toBeLessThan(2_000)
  })

  test('an error has its code, its message and its details on the other side, and a fault its slices', async () => {
    const failed: unknown[] = []
    const worker = await dispatcher({ failed })
    const fault = new StageOutputError('It fails.', { row: 1 })
    fault.slices = ASKED.windows
    const errors = [new BusyError('It is busy.', { key: 'k' }), fault, new Error('a bug')]
    worker.respond('slices.refresh', async () => {
      throw errors.shift()
    }, [TOPIC])
    await worker.idle()
    const asker = await dispatcher()
    const errorOf = () => asker.request('slices.refresh', ASKED).catch((error: unknown) => error)
    expect(await errorOf()).toMatchObject({
      code: 'BUSY',
      message: 'It is busy.',
      details: { key: 'k' },
      extensions: { http: { status: 503 } },
    })
    expect(await errorOf()).toMatchObject({ code: 'STAGE_INVALID', details: { row: 1 }, slices: ASKED.windows })
    expect(failed).toEqual([])
    const bug = await errorOf()
    expect(bug).toEqual(new Error('a bug'))
    expect(failed).toEqual([bug])
  })

  test('the responder is told how much time is left, and stops when it is over', async () => {
    const worker = await dispatcher()
    const told = new Promise<unknown>((resolve) => {
      worker.respond(
        'slices.refresh',
        (_, signal) =>
          new Promise((__, reject) => {
            signal.addEventListener('abort', () => {
              resolve(signal.reason)
              reject(signal.reason)
            })
          }),
        [TOPIC],
      )
    })
    await worker.idle()
    const asker = await dispatcher()
    const { signal } = new AbortController()
    setDeadline(signal, 100)
    await expect(asker.request('slices.refresh', ASKED, signal)).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(await told).toMatchObject({ code: 'CANCELLED' })
  })

  test('who takes longer than anybody waits for a sign of life is waited for, as it gives one', async () => {
    const worker = await dispatcher()
    let count = 0
    worker.respond('slices.refresh', async () => {
      count++
      await new Promise((resolve) => setTimeout(resolve, 6_000))
      return RECEIPT
    }, [TOPIC])
    await worker.idle()
    const asker = await dispatcher()
    expect(await asker.request('slices.refresh', ASKED)).toEqual(RECEIPT)
    expect(count).toBe(1)
  })

  test('where who took it is lost another one is asked', async () => {
    const [lost, worker] = [await dispatcher(), await dispatcher()]
    let taken = () => {}
    const isTaken = new Promise<void>((resolve) => {
      taken = resolve
    })
    lost.respond('slices.refresh', () => {
      taken()
      return new Promise(() => undefined)
    }, [TOPIC])
    await lost.idle()
    const asker = await dispatcher()
    const asked = asker.request('slices.refresh', ASKED)
    await isTaken
    worker.respond('slices.refresh', async () => RECEIPT, [TOPIC])
    await connections[0]?.close()
    expect(await asked).toEqual(RECEIPT)
  })

  test('who leaves finishes what it has, and takes nothing more', async () => {
    const worker = await dispatcher()
    let finish = () => {}
    let taken = () => {}
    const isTaken = new Promise<void>((resolve) => {
      taken = resolve
    })
    worker.respond(
      'slices.refresh',
      () =>
        new Promise((resolve) => {
          finish = () => resolve(RECEIPT)
          taken()
        }),
      [TOPIC],
    )
    await worker.idle()
    const asker = await dispatcher()
    const asked = asker.request('slices.refresh', ASKED)
    await isTaken
    const left = worker.leave()
    await expect(asker.request('slices.refresh', ASKED)).rejects.toMatchObject({ code: 'NO_WORKER' })
    finish()
    expect(await asked).toEqual(RECEIPT)
    await left
  })

  test('a broker that is away is named within two seconds, and found again by itself', async () => {
    const own = await testBroker()
    try {
      const asker = await dispatcher({ url: own.url })
      const worker = await dispatcher({ url: own.url })
      worker.respond('slices.refresh', async () => RECEIPT, [TOPIC])
      await worker.idle()
      await own.stop()
      const begun = performance.now()
      await expect(asker.request('slices.refresh', ASKED)).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' })
      expect(performance.now() - begun).toBeLessThan(2_000)
      await own.start()
      for (const connection of connections) expect(await connection.connectedWithin(20_000)).toBe(true)
      await worker.idle()
      expect(await asker.request('slices.refresh', ASKED)).toEqual(RECEIPT)
    } finally {
      await own.close()
    }
  })

  test('what is none of our messages does no harm', async () => {
    const worker = await dispatcher()
    worker.respond('slices.refresh', async ({ windows }) => ({ ...RECEIPT, checked: windows.length }), [TOPIC])
    await worker.idle()
    const stranger = await connect({ servers: broker.url.replace('nats://', '') })
    const asker = await dispatcher()
    for (const subject of ['requests.slices.refresh.time_split.l', 'cancels']) {
      for (const text of ['', '{', 'null', '[]', '{"id":1}', '{"id":"x","payload":null,"withinMs":"soon"}']) {
        stranger.publish(`test${prefixes}.${subject}`, text, { reply: 'nobody' })
      }
    }
    await stranger.close()
    expect(await asker.request('slices.refresh', ASKED)).toEqual(RECEIPT)
    await worker.idle()
  })

  test('a cancellation that does not say why does no harm to what it names', async () => {
    const worker = await dispatcher()
    const stranger = await connect({ servers: broker.url.replace('nats://', '') })
    let finish = () => {}
    const isTaken = new Promise<void>((resolve) => {
      worker.respond(
        'slices.refresh',
        () =>
          new Promise((answer) => {
            finish = () => answer(RECEIPT)
            resolve()
          }),
        [TOPIC],
      )
    })
    await worker.idle()
    const heard = new Promise<string>((resolve) => {
      stranger.subscribe(`test${prefixes}.requests.>`, {
        callback: (_, message) => resolve(message.json<{ id: string }>().id),
      })
    })
    await stranger.flush()
    const asker = await dispatcher()
    const asked = asker.request('slices.refresh', ASKED)
    await isTaken
    stranger.publish(`test${prefixes}.cancels`, JSON.stringify({ id: await heard }))
    await stranger.flush()
    // What the server has taken has come to who hears it by the time that it answers him.
    for (const connection of connections) await connection.flush()
    await new Promise(setImmediate)
    finish()
    expect(await asked).toEqual(RECEIPT)
    await stranger.close()
  })

  test('of installations with other prefixes nobody hears anything', async () => {
    const worker = await dispatcher({ prefix: 'theirs' })
    worker.respond('slices.refresh', async () => RECEIPT, [TOPIC])
    await worker.idle()
    const asker = await dispatcher()
    await expect(asker.request('slices.refresh', ASKED)).rejects.toMatchObject({ code: 'NO_WORKER' })
  })
})

function bound(dispatcher: Dispatcher): Dispatcher {
  return {
    publish: (sql, type, payload) => dispatcher.publish(sql, type, payload),
    hint: (type, payload) => dispatcher.hint(type, payload),
    listen: (hear) => dispatcher.listen(hear),
    get reachesAll() {
      return dispatcher.reachesAll
    },
    subscribe: (type, name, handler) => dispatcher.subscribe(type, name, handler),
    request: (type, payload, signal) => dispatcher.request(type, payload, signal),
    respond: (type, handler, topics) => dispatcher.respond(type, handler, topics),
    answers: (type, topic) => dispatcher.answers(type, topic),
    idle: () => dispatcher.idle(),
  }
}

/** Whether every subscription has answered all that there is for it. */
async function allDelivered(connection: BrokerConnection): Promise<boolean> {
  const server = await new Promise<NatsConnection>((resolve) => connection.onConnection(resolve))
  const manager = await jetstreamManager(server)
  const consumers = await manager.consumers.list(nameOf(connection.prefix)).next()
  return consumers.every(({ num_pending, num_ack_pending }) => num_pending + num_ack_pending === 0)
}
