import 'reflect-metadata'
import { Database } from '../../src/cache/database.ts'
import { cacheDataSource } from '../../src/data-source.ts'
import type { Dispatcher } from '../../src/dispatch/dispatcher.ts'
import type { Events, EventType, Hints, Requests } from '../../src/model/messages.ts'
import { freshDatabase } from '../support/databases.ts'
import { until } from '../support/until.ts'

/** Told of a handler that failed, with the type of its event and the name of its subscription. */
export type Report = (error: unknown, type: string, name: string) => void

const INGESTED: Events['activities.ingested'] = {
  ...{ source: 's', batchId: 'b', inserted: 1, updated: 0, deleted: 0 },
  ...{ windows: [{ subjectId: 'u', from: '2026-03-02', to: '2026-03-02' }], windowCount: 1, isComplete: true },
}
const REFRESH: Requests['slices.refresh']['payload'] = {
  stage: 'time_split',
  logic: 'l',
  windows: [{ subjectId: 'u', from: '2026-03-02', to: '2026-03-02' }],
}
const REFRESHED: Hints['slices.refreshed'] = {
  ...{ stage: 'time_split', version: 1, receipt: { checked: 1, recomputed: 1, unchanged: 0, verified: 0 } },
  ...{ windows: [], windowCount: 0, isComplete: true },
}
const RECEIPT: Requests['slices.refresh']['answer'] = { checked: 1, recomputed: 1, unchanged: 0, verified: 0 }

/** A dispatcher of a test's own. */
export interface Made {
  dispatcher: Dispatcher
  close(): Promise<void>
}

/** What every dispatcher must do, whatever carries its messages. */
export function describeDispatcher(name: string, make: (database: Database, report: Report) => Promise<Made>): void {
  describe(name, () => {
    let database: Database
    let made: Made
    let dispatcher: Dispatcher
    let reported: unknown[][]
    /** What the handlers of a test saw, in order. */
    let seen: unknown[]

    beforeAll(async () => {
      database = new Database(await (await cacheDataSource(await freshDatabase())).initialize())
    })

    beforeEach(async () => {
      reported = []
      seen = []
      made = await make(database, (...failure) => reported.push(failure))
      dispatcher = made.dispatcher
    })

    afterEach(() => made.close())

    afterAll(() => database.dataSource.destroy())

    const publish = <T extends EventType>(type: T, payload: Events[T]) =>
      database.transaction((sql) => dispatcher.publish(sql, type, payload))

    describe('publish', () => {
      test('reaches every subscriber of the type, and no other', async () => {
        dispatcher.subscribe('activities.ingested', 'one', ({ batchId }) => void seen.push(`one ${batchId}`))
        dispatcher.subscribe('activities.ingested', 'two', async ({ batchId }) => void seen.push(`two ${batchId}`))
        dispatcher.subscribe('rows.quarantined', 'three', () => void seen.push('three'))
        await publish('activities.ingested', INGESTED)
        await dispatcher.idle()
        expect(seen.sort()).toEqual(['one b', 'two b'])
      })

      test('without subscribers is no error', async () => {
        await publish('activities.ingested', INGESTED)
        await dispatcher.idle()
      })

      test('delivers the payload as it was', async () => {
        dispatcher.subscribe('activities.ingested', 'one', (event) => void seen.push(event))
        await publish('activities.ingested', INGESTED)
        await dispatcher.idle()
        expect(seen).toEqual([INGESTED])
      })

      test('delivers every fact, once', async () => {
        dispatcher.subscribe('activities.ingested', 'one', ({ inserted }) => void seen.push(inserted))
        for (const inserted of [1, 2, 3]) await publish('activities.ingested', { ...INGESTED, inserted })
        await dispatcher.idle()
        expect(seen).toEqual([1, 2, 3])
      })

      test('does not wait for handlers', async () => {
        const { promise, resolve } = gate()
        dispatcher.subscribe('activities.ingested', 'slow', async () => {
          await promise
          seen.push('worked')
        })
        await publish('activities.ingested', INGESTED)
        expect(seen).toEqual([])
        resolve()
        await dispatcher.idle()
        expect(seen).toEqual(['worked'])
      })

      test('a handler that fails stops no other, and is reported with its name', async () => {
        dispatcher.subscribe('activities.ingested', 'throws', () => {
          throw new Error('thrown')
        })
        dispatcher.subscribe('activities.ingested', 'rejects', async () => {
          throw new Error('rejected')
        })
        dispatcher.subscribe('activities.ingested', 'works', () => void seen.push('worked'))
        await publish('activities.ingested', INGESTED)
        await dispatcher.idle()
        await publish('activities.ingested', INGESTED)
        await dispatcher.idle()
        expect(seen).toEqual(['worked', 'worked'])
        expect(reported.map(([error, type, name]) => `${type} ${name}: ${(error as Error).message}`).sort()).toEqual([
          'activities.ingested rejects: rejected',
          'activities.ingested rejects: rejected',
          'activities.ingested throws: thrown',
          'activities.ingested throws: thrown',
        ])
      })

      test('a handler that changes its payload changes nobody else’s', async () => {
        const published = structuredClone(INGESTED)
        for (const name of ['one', 'two']) {
          dispatcher.subscribe('activities.ingested', name, (event) => {
            seen.push(event.inserted)
            event.inserted = 99
          })
        }
        await publish('activities.ingested', published)
        await dispatcher.idle()
        expect(seen).toEqual([1, 1])
        expect(published).toEqual(INGESTED)
      })

      test('a publisher that goes on with its payload changes nothing of the message', async () => {
        const published = structuredClone(INGESTED)
        dispatcher.subscribe('activities.ingested', 'one', ({ inserted }) => void seen.push(inserted))
        await database.transaction(async (sql) => {
          const taken = dispatcher.publish(sql, 'activities.ingested', published)
          published.inserted = 99
          await taken
        })
        await dispatcher.idle()
        expect(seen).toEqual([1])
      })
    })

    describe('publish, as a part of a transaction', () => {
      test('tells nobody while it is open, and everybody once it is committed', async () => {
        dispatcher.subscribe('activities.ingested', 'one', ({ batchId }) => void seen.push(batchId))
        await database.transaction(async (sql) => {
          await dispatcher.publish(sql, 'activities.ingested', INGESTED)
          await dispatcher.idle()
          expect(seen).toEqual([])
        })
        await dispatcher.idle()
        expect(seen).toEqual(['b'])
      })

      test('tells nobody where it is taken back', async () => {
        dispatcher.subscribe('activities.ingested', 'one', () => void seen.push('told'))
        const failed = database.transaction(async (sql) => {
          await dispatcher.publish(sql, 'activities.ingested', INGESTED)
          throw new Error('taken back')
        })
        await expect(failed).rejects.toThrow('taken back')
        await dispatcher.idle()
        expect(seen).toEqual([])
      })

      test('that is committed late is told nonetheless, and holds nothing up meanwhile', async () => {
        dispatcher.subscribe('activities.ingested', 'one', ({ inserted }) => void seen.push(inserted))
        await database.transaction(async (sql) => {
          await dispatcher.publish(sql, 'activities.ingested', { ...INGESTED, inserted: 1 })
          await publish('activities.ingested', { ...INGESTED, inserted: 2 })
          await dispatcher.idle()
          expect(seen).toEqual([2])
        })
        await dispatcher.idle()
        expect(seen).toEqual([2, 1])
      })
    })

    describe('listen', () => {
      test('hears facts and hints, until it is ended', async () => {
        const end = await dispatcher.listen((type, payload) => void seen.push([type, payload]))
        dispatcher.hint('slices.refreshed', REFRESHED)
        await dispatcher.idle()
        await publish('activities.ingested', INGESTED)
        await dispatcher.idle()
        await until(() => seen.length >= 2)
        await end()
        dispatcher.hint('slices.refreshed', REFRESHED)
        await publish('activities.ingested', INGESTED)
        await dispatcher.idle()
        expect(seen).toEqual([
          ['slices.refreshed', REFRESHED],
          ['activities.ingested', INGESTED],
        ])
      })
    })

    test('who listens and fails stops nobody, and is told of what comes after', async () => {
      let isBroken = true
      dispatcher.subscribe('activities.ingested', 'one', ({ inserted }) => void seen.push(inserted))
      const end = await dispatcher.listen((type) => {
        seen.push(type)
        if (isBroken) throw new Error('a listener fails')
      })
      await publish('activities.ingested', INGESTED)
      await dispatcher.idle()
      isBroken = false
      await publish('activities.ingested', { ...INGESTED, inserted: 2 })
      await dispatcher.idle()
      await until(() => seen.length >= 4)
      await end()
      expect(seen.filter((each) => typeof each === 'number')).toEqual([1, 2])
      expect(seen.filter((each) => typeof each === 'string')).toEqual(['activities.ingested', 'activities.ingested'])
    })

    describe('subscribe', () => {
      test('the same name again takes the place of the earlier handler', async () => {
        dispatcher.subscribe('activities.ingested', 'one', () => void seen.push('earlier'))
        dispatcher.subscribe('activities.ingested', 'one', () => void seen.push('later'))
        await publish('activities.ingested', INGESTED)
        await dispatcher.idle()
        expect(seen).toEqual(['later'])
      })

      test('the same name for another type is another subscription', async () => {
        dispatcher.subscribe('activities.ingested', 'log', () => void seen.push('ingested'))
        dispatcher.subscribe('rows.quarantined', 'log', () => void seen.push('quarantined'))
        await publish('activities.ingested', INGESTED)
        await dispatcher.idle()
        expect(seen).toEqual(['ingested'])
      })
    })

    describe('request', () => {
      test('answers with what the responder answers', async () => {
        dispatcher.respond('slices.refresh', async (payload) => {
          seen.push(payload)
          return RECEIPT
        })
        expect(await dispatcher.request('slices.refresh', REFRESH)).toEqual(RECEIPT)
        expect(seen).toEqual([REFRESH])
      })

      test('several at once get their own answers', async () => {
        dispatcher.respond('slices.refresh', async ({ windows }) => ({ ...RECEIPT, checked: windows.length }))
        const [window] = REFRESH.windows
        const ask = (count: number) =>
          dispatcher.request('slices.refresh', {
            ...REFRESH,
            windows: Array.from({ length: count }, () => ({ ...window })) as typeof REFRESH.windows,
          })
        const answers = await Promise.all([3, 1, 2].map(ask))
        expect(answers.map(({ checked }) => checked)).toEqual([3, 1, 2])
      })

      test('an error of the responder is the caller’s, and no one else’s', async () => {
        dispatcher.respond('slices.refresh', async () => {
          throw new Error('no such stage')
        })
        await expect(dispatcher.request('slices.refresh', REFRESH)).rejects.toThrow('no such stage')
        await dispatcher.idle()
        expect(reported).toEqual([])
      })

      test('that nobody responds to fails, naming the stage', async () => {
        await expect(dispatcher.request('slices.refresh', REFRESH)).rejects.toMatchObject({
          code: 'NO_WORKER',
          details: { stage: REFRESH.stage },
        })
      })

      test('a responder that changes its payload changes nothing of the caller’s, nor the other way round', async () => {
        const asked = structuredClone(REFRESH)
        const answer = { ...RECEIPT }
        dispatcher.respond('slices.refresh', async (payload) => {
          payload.windows.length = 0
          return answer
        })
        const answered = await dispatcher.request('slices.refresh', asked)
        answered.checked = 99
        expect(asked).toEqual(REFRESH)
        expect(answer).toEqual(RECEIPT)
      })
    })

    describe('request with a signal', () => {
      /** Responds once the signal aborts. Returns what resolves when it is asked. */
      const waitForSignal = () => {
        const { promise: isAsked, resolve } = gate()
        dispatcher.respond(
          'slices.refresh',
          (_, signal) =>
            new Promise((_, reject) => {
              resolve()
              signal.addEventListener('abort', () => {
                seen.push(`told: ${signal.reason.message}`)
                reject(new Error('the responder stopped'))
              })
            }),
        )
        return isAsked
      }

      test('is answered as others are, where nothing aborts', async () => {
        dispatcher.respond('slices.refresh', async (payload, signal) => {
          seen.push(payload, signal.aborted)
          return RECEIPT
        })
        const { signal } = new AbortController()
        expect(await dispatcher.request('slices.refresh', REFRESH, signal)).toEqual(RECEIPT)
        expect(seen).toEqual([REFRESH, false])
      })

      test('rejects with the reason as soon as it aborts, and the responder is told', async () => {
        const isAsked = waitForSignal()
        const { signal, abort } = aborting()
        const asked = dispatcher.request('slices.refresh', REFRESH, signal)
        await isAsked
        abort(new Error('gone'))
        await expect(asked).rejects.toThrow('gone')
        await dispatcher.idle()
        expect(seen).toEqual(['told: gone'])
        expect(reported).toEqual([])
      })

      test('rejects although its responder goes on, which is waited for by idle', async () => {
        const { promise, resolve } = gate()
        const { promise: isAsked, resolve: ask } = gate()
        dispatcher.respond('slices.refresh', async () => {
          ask()
          await promise
          seen.push('finished')
          return RECEIPT
        })
        const { signal, abort } = aborting()
        const asked = dispatcher.request('slices.refresh', REFRESH, signal)
        await isAsked
        abort(new Error('gone'))
        await expect(asked).rejects.toThrow('gone')
        expect(seen).toEqual([])
        resolve()
        await dispatcher.idle()
        expect(seen).toEqual(['finished'])
      })

      test('that is aborted already reaches no responder', async () => {
        waitForSignal()
        const asked = dispatcher.request('slices.refresh', REFRESH, AbortSignal.abort(new Error('gone')))
        await expect(asked).rejects.toThrow('gone')
        await dispatcher.idle()
        expect(seen).toEqual([])
      })

      test('is aborted alone: others that ask the same are answered', async () => {
        const { promise, resolve } = gate()
        const { promise: areAsked, resolve: ask } = gate()
        const signals: AbortSignal[] = []
        dispatcher.respond('slices.refresh', async (_, signal) => {
          if (signals.push(signal) === 2) ask()
          await promise
          seen.push(signal.aborted)
          return RECEIPT
        })
        const { signal, abort } = aborting()
        const asked = dispatcher.request('slices.refresh', REFRESH, signal)
        const other = dispatcher.request('slices.refresh', REFRESH)
        await areAsked
        abort(new Error('gone'))
        await expect(asked).rejects.toThrow('gone')
        await until(() => signals.some(({ aborted }) => aborted))
        resolve()
        expect(await other).toEqual(RECEIPT)
        await dispatcher.idle()
        expect(seen.sort()).toEqual([false, true])
      })
    })

    describe('respond', () => {
      test('refuses a second responder, and keeps the first', async () => {
        dispatcher.respond('slices.refresh', async () => RECEIPT)
        expect(() => dispatcher.respond('slices.refresh', async () => ({ ...RECEIPT, checked: 2 }))).toThrow(
          'slices.refresh',
        )
        expect(await dispatcher.request('slices.refresh', REFRESH)).toEqual(RECEIPT)
      })
    })

    describe('idle', () => {
      test('resolves at once where nothing is under way', () => dispatcher.idle())

      test('waits for handlers, and for what they publish in their turn', async () => {
        dispatcher.subscribe('activities.ingested', 'first', async ({ source }) => {
          await turn()
          await publish('rows.quarantined', { source, batchId: 'b', count: 1, countsByCode: {} })
        })
        dispatcher.subscribe('rows.quarantined', 'second', async () => {
          await turn()
          await publish('annotations.discarded', { stage: 's', from: null, to: null, count: 1 })
        })
        dispatcher.subscribe('annotations.discarded', 'third', async () => {
          await turn()
          seen.push('third')
        })
        await publish('activities.ingested', INGESTED)
        await dispatcher.idle()
        expect(seen).toEqual(['third'])
      })

      test('waits for handlers that fail', async () => {
        dispatcher.subscribe('activities.ingested', 'fails', async () => {
          await turn()
          throw new Error('late')
        })
        await publish('activities.ingested', INGESTED)
        await dispatcher.idle()
        expect(reported).toHaveLength(1)
      })

      test('waits for requests', async () => {
        dispatcher.respond('slices.refresh', async () => {
          await turn()
          seen.push('answered')
          return RECEIPT
        })
        const answer = dispatcher.request('slices.refresh', REFRESH)
        await dispatcher.idle()
        expect(seen).toEqual(['answered'])
        await answer
      })
    })
  })
}

/** A promise that the test itself resolves. */
function gate(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve: () => resolve() }
}

function aborting(): { signal: AbortSignal; abort: (reason: Error) => void } {
  const controller = new AbortController()
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) }
}

/** Lets everything else that is ready run first. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
