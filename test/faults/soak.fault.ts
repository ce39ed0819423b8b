import pg from 'pg'
import { freshDatabase } from '../support/databases.ts'
import { addSprints } from '../support/random-writes.ts'
import { readDuringWrites } from '../support/reads-during-writes.ts'
import { addPeople } from '../support/timesheet-rows.ts'
import { expectCleanRun, MEASURED, memoryOf, seeded, seen, started } from './kit.ts'

const SECONDS = process.env.FAULTS_SOAK === 'long' ? 600 : 60
/** Caches fill, and code is compiled. */
const WARM_SECONDS = SECONDS / 3
const MOST_MB = 8

test(
  `memory is flat over ${SECONDS} s of reads and writes, each of which is held against the oracle`,
  async () => {
    const url = await freshDatabase()
    const service = await started(url, { env: MEASURED })
    await addPeople(service)
    await addSprints(service)
    const database = new pg.Client({ connectionString: url })
    await database.connect()
    const samples: { minute: number; heap: number; rss: number }[] = []
    const began = performance.now()
    const secondsGone = () => (performance.now() - began) / 1_000
    const sampling = setInterval(async () => {
      const memory = await memoryOf(service).catch(() => undefined)
      if (memory && secondsGone() > WARM_SECONDS) samples.push({ minute: secondsGone() / 60, ...memory })
    }, SECONDS * 25)
    const seed = Math.floor(seeded('soak')() * 1_000)
    const counts = await readDuringWrites([service], database, {
      seed,
      readers: 4,
      isOver: () => secondsGone() > SECONDS,
    })
    clearInterval(sampling)
    await database.end()
    const heap = slopeOf(samples.map(({ minute, heap }) => [minute, heap]))
    const rss = slopeOf(samples.map(({ minute, rss }) => [minute, rss]))
    const rows = await expectCleanRun(url, service)
    const minutes = (SECONDS - WARM_SECONDS) / 60
    expect(samples.length).toBeGreaterThan(10)
    expect(heap * minutes).toBeLessThan(MOST_MB)
    expect(counts.reads).toBeGreaterThan(SECONDS)
    const [first, last] = [samples.at(0), samples.at(-1)]
    seen(
      `${SECONDS} s, ${JSON.stringify(counts)}: heap after collection ${first?.heap.toFixed(1)} to ${last?.heap.toFixed(1)} MB, slope ${heap.toFixed(2)} MB/min; ` +
        `resident ${first?.rss.toFixed(0)} to ${last?.rss.toFixed(0)} MB, slope ${rss.toFixed(2)} MB/min over ${samples.length} samples; ${rows} annotations equal the oracle's`,
    )
  },
  (SECONDS + 120) * 1_000,
)

/** By least squares. */
function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / values.length
  const [middleX, middleY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))]
  const of = (f: (x: number, y: number) => number) =>
    points.reduce((sum, [x, y]) => sum + f(x - middleX, y - middleY), 0)
  return of((x, y) => x * y) / of((x) => x * x)
}
