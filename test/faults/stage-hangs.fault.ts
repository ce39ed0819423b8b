import { freshDatabase, onDatabase } from '../support/databases.ts'
import { otherBuild } from '../support/other-build.ts'
import type { ServiceProcess } from '../support/service-process.ts'
import { addPeople, BEN, ingest, row } from '../support/timesheet-rows.ts'
import { expectCleanRun, seen, started } from './kit.ts'

const MARCH = 'from: "2026-03-01", to: "2026-03-31"'
const ASKED = `{ nvaSummary(${MARCH}, groupBy: [USER, DAY]) { user { name } period totalSum } }`
const TIMEOUT_SECONDS = 4

/** What the stage does where one of its days is that one. */
const FAULTS = [
  ['goes on for ever', 'for (;;);', `it took longer than 2 s`],
  ['throws', "throw new Error('No such day.')", 'No such day.'],
] as const

test.each(FAULTS)(
  'a stage that %s for a day fails for that alone, in bounded time, and the service goes on',
  async (name, work, message) => {
    const build = otherBuild()
    build.edit('src/stages/nva-summary.ts', [
      'annotate: ({ time_split, activities }) => {',
      `annotate: ({ time_split, activities }) => {\n    if ((time_split.array('date') as string[]).includes('2026-03-13')) ${work}`,
    ])
    await build.build()
    const url = await freshDatabase()
    const broken = await started(url, { main: build.main, env: { STAGE_TIMEOUT: `${TIMEOUT_SECONDS}s` } })
    await addPeople(broken)
    const days = Array.from({ length: 31 }, (_, i) => `2026-03-${String(i + 1).padStart(2, '0')}`)
    await ingest(
      broken,
      days.flatMap((activity_date, i) => [
        row(`a${i}`, { activity_date }),
        row(`b${i}`, { activity_date, user_id: BEN }),
      ]),
    )

    const probing = probe(broken)
    const began = performance.now()
    const { errors } = await broken.ask(ASKED)
    const seconds = (performance.now() - began) / 1_000
    const longestSilence = await probing()
    expect(errors).toMatchObject([{ extensions: { code: 'STAGE_INVALID' } }])
    expect(errors?.[0]?.message).toMatch(
      new RegExp(`^Stage "nva_summary", version 2, failed for user [-0-9a-f]+, 2026-03-13 to 2026-03-13: ${message}$`),
    )
    // All at once here and in a thread, then halves in half of the time, at least 2 s each, of both people.
    expect(seconds).toBeLessThan(60)
    // Where it was tried beside everything else; once.
    expect(longestSilence).toBeLessThan(7_000)
    // Days without it are answered, and nobody is given a wrong one.
    const before = '{ nvaSummary(from: "2026-03-01", to: "2026-03-12", groupBy: [DAY]) { totalSum } }'
    expect((await broken.get(before)).nvaSummary).toEqual(Array(12).fill({ totalSum: 7200 }))
    const locked = await onDatabase(
      url,
      async (client) =>
        (
          await client.query(`SELECT FROM pg_stat_activity
    WHERE state = 'idle in transaction' AND datname = current_database() AND xact_start < now() - interval '1 minute'`)
        ).rowCount,
    )
    expect(locked).toBe(0)
    await broken.stop()

    // The build in which that is mended.
    const mended = await started(url)
    const rows = await expectCleanRun(url, mended)
    seen(
      `a stage that ${name}: STAGE_INVALID that names the day after ${seconds.toFixed(1)} s (STAGE_TIMEOUT ${TIMEOUT_SECONDS} s), ` +
        `no other request waited longer than ${(longestSilence / 1_000).toFixed(1)} s; mended, ${rows} annotations equal the oracle's`,
    )
  },
)

/** Asks for what takes no stage again and again, until told to say how long the longest answer took, in milliseconds. */
function probe({ address }: ServiceProcess): () => Promise<number> {
  let isOver = false
  let longest = 0
  const asking = (async () => {
    while (!isOver) {
      const began = performance.now()
      await (await fetch(`${address}/healthz`)).text()
      longest = Math.max(longest, performance.now() - began)
    }
  })()
  return async () => {
    isOver = true
    await asking
    return longest
  }
}
