import 'reflect-metadata'
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { Database } from '../../../src/cache/database.ts'
import { cacheDataSource } from '../../../src/data-source.ts'
import { BrokerCarrier, type EventTrouble } from '../../../src/dispatch/broker/broker-carrier.ts'
import { BrokerConnection } from '../../../src/dispatch/broker/broker-connection.ts'
import type { Carrier } from '../../../src/dispatch/events/carrier.ts'
import type { EventBus } from '../../../src/dispatch/events/event-bus.ts'
import { describeWithBroker, type TestBroker, testBroker } from '../../support/broker.ts'
import { freshDatabase } from '../../support/databases.ts'
import { eventBus } from '../../support/event-bus.ts'
import { until } from '../../support/until.ts'

const LIMITS = { keepDays: 1, mostBytes: 10_000_000, replicas: 1 }

describeWithBroker('facts over a broker', () => {
  let broker: TestBroker
  let database: Database
  let prefix: string
  let prefixes = 0
  let closing: (() => Promise<void>)[]

  beforeAll(async () => {
    database = new Database(await (await cacheDataSource(await freshDatabase())).initialize())
  })

  beforeEach(async () => {
    broker = await testBroker()
    prefix = `test.of_events-${prefixes++}`
    closing = []
    await database.transaction((sql) => sql('TRUNCATE outbox, undelivered_event'))
  })

  afterEach(async () => {
    for (const close of closing.reverse()) await close()
    await broker.close()
  })

  afterAll(() => database.dataSource.destroy())

  /** Facts of a process of its own. */
  function process(
    trouble: Partial<EventTrouble> = {},
    { limits = LIMITS, wrap = (carrier: Carrier) => carrier } = {},
  ): EventBus {
    const connection = new BrokerConnection({ url: broker.url, prefix }, () => undefined)
    const quiet = { waiting: () => undefined, otherwise: () => undefined }
    const bus = eventBus(database, {
      carrier: wrap(new BrokerCarrier(connection, limits, { ...quiet, ...trouble })),
    })
    closing.push(async () => {
      await bus.close()
      await connection.close()
    })
    return bus
  }

  function publish(bus: EventBus, batchId: string): Promise<void> {
    return database.transaction((sql) => bus.publish(sql, 'pull.began', { source: 's', batchId }))
  }

  async function withServer<T>(work: (manager: JetStreamManager, server: NatsConnection) => Promise<T>): Promise<T> {
    const server = await connect({ servers: broker.url })
    try {
      return await work(await jetstreamManager(server), server)
    } finally {
      await server.close()
    }
  }

  test('reach each subscription in one process, in their order, and all who listen', async () => {
    const [one, other] = [process(), process()]
    const seen: string[] = []
    const heard: string[] = []
    for (const bus of [one, other]) {
      bus.subscribe('pull.began', 'first', ({ batchId }) => void seen.push(`first ${batchId}`))
      bus.subscribe('pull.began', 'second', ({ batchId }) => void seen.push(`second ${batchId}`))
      await bus.listen((type) => void heard.push(type))
    }
    for (let i = 0; i < 20; i++) await publish(i % 2 ? one : other, `${i}`)
    await until(() => seen.length >= 40 && heard.length >= 40)
    for (const name of ['first', 'second']) {
      const own = seen.filter((each) => each.startsWith(name))
      expect(own).toEqual(Array.from({ length: 20 }, (_, i) => `${name} ${i}`))
    }
    expect(heard).toHaveLength(40)
  })

  test('told while the broker is away reach whoever subscribed once it is back, in their order', async () => {
    const waiting: (string | undefined)[] = []
    const bus = process({ waiting: (reason) => waiting.push(reason) })
    const seen: string[] = []
    bus.subscribe('pull.began', 'one', ({ batchId }) => void seen.push(batchId))
    await publish(bus, 'before')
    await until(() => seen.length === 1)
    await broker.stop()
    for (let i = 0; i < 20; i++) await publish(bus, `${i}`)
    expect(seen).toEqual(['before'])
    await broker.start()
    await until(() => seen.length >= 21)
    expect(seen).toEqual(['before', ...Array.from({ length: 20 }, (_, i) => `${i}`)])
  })

  test('that nobody was there to handle are handled by who comes with the subscription', async () => {
    const first = process()
    const seen: string[] = []
    first.subscribe('pull.began', 'one', ({ batchId }) => void seen.push(batchId))
    await publish(first, 'a')
    await until(() => seen.length === 1)
    await closing.pop()?.()
    await publish(process(), 'b')
    expect(seen).toEqual(['a'])
    process().subscribe('pull.began', 'one', ({ batchId }) => void seen.push(batchId))
    await until(() => seen.length === 2)
    expect(seen).toEqual(['a', 'b'])
  })

  test('published twice by one that was killed before it said so are handled once', async () => {
    let dies = true
    const bus = process(
      {},
      {
        wrap: (carrier) => ({
          ...methodsOf(carrier),
          take: async (facts) => {
            const taken = await carrier.take(facts)
            if (!dies) return taken
            dies = false
            throw new Error('killed')
          },
        }),
      },
    )
    const seen: string[] = []
    bus.subscribe('pull.began', 'one', ({ batchId }) => void seen.push(batchId))
    await publish(bus, 'a')
    await until(async () => {
      await bus.idle()
      return !dies
    })
    await publish(bus, 'b')
    await until(() => seen.length >= 2)
    expect(seen).toEqual(['a', 'b'])
  })

  test('go on where the broker was set up anew, with nothing of what it had', async () => {
    const bus = process()
    const seen: string[] = []
    bus.subscribe('pull.began', 'one', ({ batchId }) => void seen.push(batchId))
    await publish(bus, 'a')
    await until(() => seen.length === 1)
    await withServer(async (manager) => {
      const [stream] = await manager.streams.list().next()
      await manager.streams.delete(stream?.config.name ?? '')
    })
    await publish(bus, 'b')
    await until(() => seen.length === 2)
    expect(seen).toEqual(['a', 'b'])
  })

  test('that a stranger makes up do no harm', async () => {
    const bus = process()
    const seen: string[] = []
    bus.subscribe('pull.began', 'one', ({ batchId }) => void seen.push(batchId))
    await bus.listen(() => undefined)
    await publish(bus, 'a')
    await until(() => seen.length === 1)
    await withServer(async (_, server) => {
      for (const text of [
        '',
        'nonsense',
        '7',
        'null',
        '{}',
        '{"id":7,"payload":{}}',
        '{"id":"x","payload":{}}',
        '{"id":null}',
      ]) {
        server.publish(`${prefix}.events.pull.began`, text)
        server.publish(`${prefix}.hints.slices.refreshed`, text)
      }
      await server.flush()
    })
    await publish(bus, 'b')
    await until(() => seen.length === 2)
    expect(seen).toEqual(['a', 'b'])
  })

  test('at which a handler fails while that cannot be kept come again, and are no dead letters', async () => {
    const bus = process()
    const seen: string[] = []
    bus.subscribe('pull.began', 'one', ({ batchId }) => {
      if (seen.push(batchId) < 3) throw new Error('the cache is away')
    })
    await database.transaction((sql) => sql('ALTER TABLE undelivered_event ADD CONSTRAINT refused CHECK (false)'))
    try {
      await publish(bus, 'a')
      // The third time it doesn't fail: until then nothing could be kept.
      await until(() => seen.length === 3)
    } finally {
      await database.transaction((sql) => sql('ALTER TABLE undelivered_event DROP CONSTRAINT refused'))
    }
    await publish(bus, 'b')
    await until(() => seen.includes('b'))
    expect(seen).toEqual(['a', 'a', 'a', 'b'])
    expect(await database.sql('SELECT FROM undelivered_event')).toEqual([])
  })

  test('that the broker has no room for wait, which is said once, and come when it has', async () => {
    const waiting: (string | undefined)[] = []
    const bus = process({ waiting: (reason) => waiting.push(reason) }, { limits: { ...LIMITS, mostBytes: 2_000 } })
    const seen: string[] = []
    bus.subscribe('pull.began', 'one', ({ batchId }) => void seen.push(batchId.slice(0, 1)))
    for (let i = 0; i < 6; i++) await publish(bus, `${i}${'x'.repeat(500)}`)
    await until(() => waiting.length > 0)
    await bus.idle()
    expect(waiting).toEqual([expect.stringMatching(/maximum bytes/)])
    await withServer(async (manager) => {
      const [stream] = await manager.streams.list().next()
      await until(() => seen.length > 0)
      await manager.streams.update(stream?.config.name ?? '', { max_bytes: 1_000_000 })
    })
    await until(() => seen.length === 6)
    expect([...seen].sort()).toEqual(['0', '1', '2', '3', '4', '5'])
    expect(waiting).toEqual([expect.any(String), undefined])
  })

  test('go through the stream that is there, and what is otherwise in it is said', async () => {
    const first = process()
    const seen: string[] = []
    first.subscribe('pull.began', 'one', ({ batchId }) => void seen.push(batchId))
    await publish(first, 'a')
    await until(() => seen.length === 1)
    const told: unknown[] = []
    const second = process(
      { otherwise: (...differences) => told.push(differences) },
      { limits: { ...LIMITS, mostBytes: 20_000_000 } },
    )
    await until(() => told.length > 0)
    expect(told).toEqual([[`${prefix.replaceAll('.', '_')}_events`, ['max_bytes is 10000000, not 20000000']]])
    await publish(second, 'b')
    await until(() => seen.length === 2)
  })
})

/** A carrier of which one method may be another. */
function methodsOf(carrier: Carrier): Carrier {
  return {
    take: (facts) => carrier.take(facts),
    subscribe: (...given) => carrier.subscribe(...given),
    hint: (type, payload) => carrier.hint(type, payload),
    listen: (hear) => carrier.listen(hear),
    reachesAll: carrier.reachesAll,
    idle: () => carrier.idle(),
    close: () => carrier.close(),
  }
}
