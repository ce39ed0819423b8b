import { LANES } from '../../../src/freshness/refresh/refresher.ts'
import { StageOutputError, UnavailableError } from '../../../src/model/errors.ts'
import { addReceipt, emptyReceipt, type Receipt } from '../../../src/model/receipt.ts'
import type { Window } from '../../../src/model/window.ts'
import { stages } from '../../../src/stages/index.ts'
import { stageGraph } from '../../../src/stages/stage-graph.ts'
import { timeSplit } from '../../../src/stages/time-split.ts'
import { onDatabase, waitingForLocks } from '../../support/databases.ts'
import { NamedRefresher } from '../../support/named-refresher.ts'
import { type TestService, testService } from '../../support/service.ts'
import { addSixDays, ingest, row } from '../../support/timesheet-rows.ts'
import { until } from '../../support/until.ts'

let service: TestService
let ann: Window
let ben: Window
/** The slices for which time_split ran, in order. */
let ran: string[]

beforeEach(async () => {
  ran = []
  service = await testService()
  // So that what a test does to it holds for whatever a refresh reads and writes with.
  service.database.during = () => service.database
  ;[ann, ben] = await addSixDays(service)
})

afterEach(() => service.stop())

/** A refresher whose time_split says for which slices it ran, and fails for those. */
function refresher(batchDays?: number, isBad: (slice: string) => boolean = () => false): NamedRefresher {
  const annotate: typeof timeSplit.annotate = (tables) => {
    const users: unknown[] = [...(tables.activities?.array('user_id') ?? [])]
    const dates: unknown[] = [...(tables.activities?.array('date') ?? [])]
    const slices = users.map((user, i) => `${user === ann.subjectId ? 'ann' : 'ben'} ${dates[i]}`)
    ran.push(...slices)
    const bad = slices.find(isBad)
    if (bad) throw new Error(`${bad} is bad`)
    return timeSplit.annotate(tables)
  }
  const definitions = stages.map((stage) => (stage.name === timeSplit.name ? { ...stage, annotate } : stage))
  return new NamedRefresher(service.database, stageGraph(definitions), batchDays)
}

/** Runs `work` while nobody can write this table; what is written before it ends waits. */
async function whileLocked<T>(table: string, work: (others: Others) => Promise<T>): Promise<T> {
  return onDatabase(service.url, async (client) => {
    await client.query(`BEGIN; LOCK TABLE ${table} IN EXCLUSIVE MODE`)
    return work({
      waiting: (count) => until(async () => (await waitingForLocks(client)) === count),
      release: async () => void (await client.query('COMMIT')),
    })
  })
}

interface Others {
  /** Resolves once so many wait for the lock. */
  waiting(count: number): Promise<void>
  release(): Promise<void>
}

/** Lets the next look for what is stale wait for this before it gives its answer; resolves when the answer is out. */
async function holdNextLook(until: Promise<unknown>): Promise<void> {
  const { database } = service
  const { sql } = database
  return new Promise((resolve) => {
    Object.assign(database, {
      sql: async (...statement: Parameters<typeof sql>) => {
        Object.assign(database, { sql })
        const rows = await sql(...statement)
        await until
        setImmediate(resolve)
        return rows
      },
    })
  })
}

function sumOf(receipts: readonly Receipt[]): Receipt {
  const sum = emptyReceipt()
  for (const receipt of receipts) addReceipt(sum, receipt)
  return sum
}

async function stored(table: string): Promise<number> {
  const [found] = await service.database.sql<{ count: number }>(`SELECT count(*) FROM ${table}`)
  return found?.count ?? 0
}

describe('refreshes of one process', () => {
  test('of the same windows run the stage once for each slice, and count it once', async () => {
    const herd = refresher(3)
    const receipts = await Promise.all(Array.from({ length: 20 }, () => herd.refresh(timeSplit.name, [ann, ben])))
    expect(ran).toHaveLength(12)
    expect(receipts.every(({ checked }) => checked === 12)).toBe(true)
    expect(sumOf(receipts)).toEqual({ checked: 20 * 12, recomputed: 12, unchanged: 0, verified: 0 })
  })

  test('of the same windows through several stages run each of them once for each slice', async () => {
    const herd = refresher(3)
    const names = ['waste_trend', 'nva_summary', 'waste_trend', timeSplit.name]
    const receipts = await Promise.all(names.map((name) => herd.refresh(name, [ann, ben])))
    expect(ran).toHaveLength(12)
    expect(sumOf(receipts).recomputed).toBe(12 + 12 + 2)
  })

  test('of overlapping windows run the stage once for each slice', async () => {
    const herd = refresher(2)
    const receipts = await Promise.all([
      herd.refresh(timeSplit.name, [{ ...ann, to: '2026-03-05' }]),
      herd.refresh(timeSplit.name, [{ ...ann, from: '2026-03-04' }, ben]),
      herd.refresh(timeSplit.name, [{ ...ann, from: '2026-03-03', to: '2026-03-06' }]),
    ])
    expect(ran).toHaveLength(12)
    expect(sumOf(receipts)).toEqual({ checked: 4 + 10 + 4, recomputed: 12, unchanged: 0, verified: 0 })
  })

  test('that come one after the other while a batch is under way find its work done', async () => {
    const herd = refresher()
    await whileLocked('time_split', async ({ waiting, release }) => {
      const first = herd.refresh(timeSplit.name, [ann, ben])
      await waiting(1)
      const others = Array.from({ length: 5 }, () => herd.refresh(timeSplit.name, [ann]))
      await release()
      expect(await first).toMatchObject({ checked: 12, recomputed: 12 })
      for (const receipt of await Promise.all(others)) expect(receipt).toEqual({ ...emptyReceipt(), checked: 6 })
    })
    expect(ran).toHaveLength(12)
  })

  test('reflect an edit that was committed before the call and after the batch under way had read', async () => {
    const herd = refresher()
    await whileLocked('time_split', async ({ waiting, release }) => {
      const first = herd.refresh(timeSplit.name, [ann])
      // It has read and can't write.
      await waiting(1)
      expect(ran).toHaveLength(6)
      await ingest(service, [row('ann 2026-03-04', { activity_date: '2026-03-04', duration_seconds: 60 })])
      const joining = herd.refresh(timeSplit.name, [ann])
      await release()
      await first
      expect(await joining).toMatchObject({ recomputed: 1 })
    })
    const seconds = await service.database.sql(`SELECT total_seconds FROM time_split WHERE date = '2026-03-04'`)
    expect(seconds).toEqual([{ total_seconds: 60 }])
    expect(ran.slice(6)).toEqual(['ann 2026-03-04'])
  })

  test('for little are not behind those for much', async () => {
    const herd = refresher(1)
    await whileLocked('slice', async ({ waiting, release }) => {
      const large = herd.refresh(timeSplit.name, [ann, ben])
      await waiting(LANES)
      const looked = holdNextLook(Promise.resolve())
      const small = herd.refresh(timeSplit.name, [{ ...ben, from: '2026-03-07' }])
      await looked
      await release()
      expect(await small).toEqual({ checked: 1, recomputed: 1, unchanged: 0, verified: 0 })
      expect(await large).toMatchObject({ checked: 12, recomputed: 11 })
    })
    // Behind those that were under way and at most one more in each lane; its own place would be the last of twelve.
    expect(ran.indexOf('ben 2026-03-07')).toBeLessThanOrEqual(2 * LANES)
    expect(ran).toHaveLength(12)
  })

  test('take as many days at once, whatever the period', async () => {
    const definitions = stages.map((stage) => {
      const annotate: typeof stage.annotate = (tables) => {
        ran.push(stage.name)
        return stage.annotate(tables)
      }
      return { ...stage, annotate }
    })
    await new NamedRefresher(service.database, stageGraph(definitions), 7).refresh('waste_trend', [ann, ben])
    expect(ran.filter((name) => name === 'waste_trend')).toHaveLength(2)
  })
})

describe('where a stage fails for a slice', () => {
  const isBad = (slice: string) => slice === 'ann 2026-03-04'

  test.each(['time_split', 'nva_summary'])(
    'those whose windows hold it are told by %s, and only those',
    async (name) => {
      const herd = refresher(undefined, isBad)
      const [both, mine, other] = await whileLocked('slice', async ({ waiting, release }) => {
        const first = herd.refresh(name, [ann, ben])
        const looked = [holdNextLook(waiting(1))]
        const second = herd.refresh(name, [ann])
        await Promise.all(looked)
        const third = herd.refresh(name, [ben])
        await release()
        return Promise.allSettled([first, second, third])
      })
      for (const told of [both, mine]) {
        expect(told).toMatchObject({ status: 'rejected', reason: expect.any(StageOutputError) })
        expect(told).toMatchObject({ reason: { message: expect.stringContaining('ann 2026-03-04 is bad') } })
      }
      expect(other).toEqual({ status: 'fulfilled', value: expect.objectContaining({ checked: expect.any(Number) }) })
      expect(await stored(name)).toBe(11)
    },
  )

  test('what was given up after too many is done for those who don’t hold any of them', async () => {
    const herd = refresher(undefined, (slice) => slice !== 'ben 2026-03-07')
    const [all, last] = await Promise.allSettled([
      herd.refresh(timeSplit.name, [ann, ben]),
      herd.refresh(timeSplit.name, [{ ...ben, from: '2026-03-07' }]),
    ])
    expect(all).toMatchObject({ status: 'rejected', reason: expect.any(StageOutputError) })
    expect(last).toMatchObject({ status: 'fulfilled' })
    expect(await stored('time_split')).toBe(1)
  })
})

test('a batch that fails as a whole fails for all who wait for it, and the next call begins anew', async () => {
  const { database } = service
  const { sql } = database
  const derivation = database.derivation.bind(database)
  let looks = 0
  let haveAllLooked = () => {}
  const allHaveLooked = new Promise<void>((resolve) => {
    haveAllLooked = resolve
  })
  Object.assign(database, {
    sql: async (...statement: Parameters<typeof sql>) => {
      const rows = await sql(...statement)
      if (++looks === 3) setImmediate(haveAllLooked)
      return rows
    },
  })
  database.derivation = async () => {
    database.derivation = derivation
    await allHaveLooked
    throw new UnavailableError('the connection was lost')
  }
  const herd = refresher()
  const ends = await Promise.allSettled([1, 2, 3].map(() => herd.refresh(timeSplit.name, [ann])))
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  expect(await herd.refresh(timeSplit.name, [ann])).toMatchObject({ recomputed: 6 })
})

describe('a refresh that is aborted', () => {
  const gone = new Error('gone')

  test('begins nothing more', async () => {
    const herd = refresher(1)
    const asker = new AbortController()
    await whileLocked('slice', async ({ waiting, release }) => {
      const refreshing = herd.refresh(timeSplit.name, [ann, ben], asker.signal)
      await waiting(LANES)
      asker.abort(gone)
      await release()
      await expect(refreshing).rejects.toBe(gone)
    })
    expect(ran.length).toBeLessThanOrEqual(LANES)
  })

  test('leaves the queue while others are under way', async () => {
    const herd = refresher(1)
    const asker = new AbortController()
    await whileLocked('slice', async ({ waiting, release }) => {
      const first = herd.refresh(timeSplit.name, [ann])
      await waiting(LANES)
      const looked = holdNextLook(Promise.resolve())
      const refreshing = herd.refresh('waste_trend', [ben], asker.signal)
      await looked
      asker.abort(gone)
      await expect(refreshing).rejects.toBe(gone)
      await release()
      await first
    })
    expect(ran.filter((slice) => slice.startsWith('ben'))).toEqual([])
  })

  test('is gone on with for those who still wait, who then count what was done', async () => {
    const herd = refresher(1)
    const asker = new AbortController()
    await whileLocked('slice', async ({ waiting, release }) => {
      const refreshing = herd.refresh(timeSplit.name, [ann], asker.signal)
      const looked = holdNextLook(waiting(LANES))
      const other = herd.refresh(timeSplit.name, [ann])
      await looked
      asker.abort(gone)
      await release()
      await expect(refreshing).rejects.toBe(gone)
      expect(await other).toEqual({ checked: 6, recomputed: 6, unchanged: 0, verified: 0 })
    })
    expect(ran).toHaveLength(6)
  })

  test('has what it had begun finished, so that asking again and again, each time for too short, comes to an end', async () => {
    const { database } = await testService({ url: service.url })
    const impatient = new NamedRefresher(database, stageGraph(stages), 1)
    for (const finished of [LANES, 2 * LANES]) {
      const asker = new AbortController()
      await whileLocked('slice', async ({ waiting, release }) => {
        const refreshing = impatient.refresh(timeSplit.name, [ann], asker.signal)
        await waiting(LANES)
        asker.abort(gone)
        await release()
        await expect(refreshing).rejects.toBe(gone)
      })
      expect(await stored('time_split')).toBe(finished)
    }
    await database.dataSource.destroy()
  })

  test('is refused where it was aborted before', async () => {
    await expect(refresher().refresh(timeSplit.name, [ann], AbortSignal.abort(gone))).rejects.toBe(gone)
    expect(ran).toEqual([])
  })
})
