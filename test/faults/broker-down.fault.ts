import { setTimeout as wait } from 'node:timers/promises'
import { afterwards } from '../embedded/scratch.ts'
import { describeWithBroker, testBroker } from '../support/broker.ts'
import { freshDatabase, onDatabase } from '../support/databases.ts'
import { addSprints } from '../support/random-writes.ts'
import { addPeople, ingest } from '../support/timesheet-rows.ts'
import { until } from '../support/until.ts'
import { expectCleanRun, inProcess, seeded, seen, started } from './kit.ts'
import { randomRows } from './rows.ts'

const AWAY_MS = 60_000
const SUMS = '{ nvaSummary(from: "2026-01-01", to: "2026-04-30") { totalSum } }'

describeWithBroker('a broker', () => {
  test('that is away for a minute costs answers, which say so, and nothing that was written', async () => {
    const random = seeded('broker-down')
    const broker = await testBroker()
    afterwards(() => broker.close())
    const url = await freshDatabase()
    const clean = await inProcess()
    const env = { BROKER_URL: broker.url }
    const [asking, alone] = [
      await started(url, { args: ['serve'], env }),
      await started(url, { args: ['serve', '--stages', 'all'], env }),
    ]
    await started(url, { args: ['work'], env })
    for (const api of [asking, clean]) {
      await addPeople(api)
      await addSprints(api)
    }
    const write = async (api: typeof asking) => {
      const rows = randomRows(random, 10, 200)
      await ingest(api, rows)
      await ingest(clean, rows)
    }
    await write(asking)
    await asking.get(SUMS)
    await broker.stop('SIGKILL')

    const codes: Record<string, number> = {}
    const end = performance.now() + AWAY_MS
    let slowest = 0
    let writes = 0
    while (performance.now() < end) {
      await write(writes % 2 ? asking : alone)
      writes++
      const began = performance.now()
      const { errors } = await asking.ask(SUMS)
      slowest = Math.max(slowest, performance.now() - began)
      const code = errors?.[0]?.extensions.code ?? 'answered'
      codes[code] = (codes[code] ?? 0) + 1
      await alone.get(SUMS)
      await wait(Math.min(1_000, Math.max(0, end - performance.now())))
    }
    // Nothing was stale any more once the other had answered.
    expect(
      Object.keys(codes).filter((code) => !['BROKER_UNAVAILABLE', 'NO_WORKER', 'answered'].includes(code)),
    ).toEqual([])
    expect(codes.BROKER_UNAVAILABLE).toBeGreaterThan(10)
    expect(slowest).toBeLessThan(10_000)

    const waiting = () =>
      onDatabase(
        url,
        async (client) => (await client.query('SELECT FROM outbox WHERE published_at IS NULL')).rowCount ?? 0,
      )
    const left = await waiting()
    expect(left).toBeGreaterThan(0)
    await broker.start()
    const back = performance.now()
    await until(async () => (await asking.ask(SUMS)).data !== null)
    const seconds = (performance.now() - back) / 1_000
    expect(seconds).toBeLessThan(10)
    await until(async () => (await waiting()) === 0)
    const rows = await expectCleanRun(url, asking, { url: clean.url, api: clean })
    seen(
      `away ${AWAY_MS / 1_000} s: ${writes} writes were taken, ${codes.BROKER_UNAVAILABLE} reads BROKER_UNAVAILABLE within ${(slowest / 1_000).toFixed(1)} s, ` +
        `who runs stages itself answered; back after ${seconds.toFixed(1)} s, ${left} events that waited were handed over, ${rows} annotations equal a clean run's`,
    )
  })
})
