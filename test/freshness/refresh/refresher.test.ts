import type { ColumnTable } from 'arquero'
import { LANES } from '../../../src/freshness/refresh/refresher.ts'
import { StageOutputError } from '../../../src/model/errors.ts'
import type { Window } from '../../../src/model/window.ts'
import { stages } from '../../../src/stages/index.ts'
import { nvaSummary } from '../../../src/stages/nva-summary.ts'
import { stageGraph } from '../../../src/stages/stage-graph.ts'
import { timeSplit } from '../../../src/stages/time-split.ts'
import { NamedRefresher } from '../../support/named-refresher.ts'
import { type TestService, testService } from '../../support/service.ts'
import { addSixDays } from '../../support/timesheet-rows.ts'

let service: TestService
let windows: Window[]

beforeEach(async () => {
  service = await testService()
  windows = await addSixDays(service)
})

afterEach(() => service.stop())

/** Refreshes in batches of one slice, with a time_split that does `before` each time that it runs. */
function refresher(before: () => void): NamedRefresher {
  const annotate: typeof timeSplit.annotate = (tables) => {
    before()
    return timeSplit.annotate(tables)
  }
  const definitions = stages.map((stage) => (stage.name === timeSplit.name ? { ...stage, annotate } : stage))
  return new NamedRefresher(service.database, stageGraph(definitions), 1)
}

async function computed(name = timeSplit.name): Promise<number> {
  const { stages: found } = await service.get('{ stages { name counts { fresh stale missing } } }')
  return found.find((stage: { name: string }) => stage.name === name).counts.fresh
}

test('batches that are under way together run the stage once for each slice', async () => {
  let runs = 0
  const receipt = await refresher(() => runs++).refresh(timeSplit.name, windows)
  expect(receipt).toEqual({ checked: 12, recomputed: 12, unchanged: 0, verified: 0 })
  expect(runs).toBe(12)
  expect(await computed()).toBe(12)
})

test('a batch that fails is left out, those under way are finished, and none is begun after it', async () => {
  let runs = 0
  const failing = refresher(() => {
    runs++
    if (runs === 3) throw new Error('the third fails')
  })
  await expect(failing.refresh(timeSplit.name, windows)).rejects.toThrow('the third fails')
  const left = runs
  expect(left).toBeLessThanOrEqual(3 + LANES - 1)
  expect(await computed()).toBe(left - 1)
  expect(runs).toBe(left)
})

describe('a stage that fails for a slice', () => {
  const bad = '2026-03-04'
  const failing = (isBad: (date: unknown) => boolean, fail: (table: ColumnTable) => ColumnTable) => {
    const annotate: typeof timeSplit.annotate = (tables) => {
      const dates: unknown[] = [...(tables.activities?.array('date') ?? [])]
      const output = timeSplit.annotate(tables)
      return dates.some(isBad) ? fail(output) : output
    }
    const definitions = stages.map((stage) => (stage.name === timeSplit.name ? { ...stage, annotate } : stage))
    return new NamedRefresher(service.database, stageGraph(definitions))
  }
  const tooMuch = (output: ColumnTable) =>
    output.params({ bad }).derive({
      nva_seconds: (row: { date: string; nva_seconds: number }, $: { bad: string }) =>
        row.date === $.bad ? 3e9 : row.nva_seconds,
    })
  const fails = () => {
    throw new Error('it divides by zero')
  }

  test.each([
    ['a value', tooMuch, /has 3000000000 in "nva_seconds" \(integer\) of .* 2026-03-04 \(row 0\)/],
    ['annotate', fails, /failed for user .*, 2026-03-04 to 2026-03-04: it divides by zero/],
  ])('by %s says which, and leaves the others of its batch alone', async (_, fail, message) => {
    const refreshing = failing((date) => date === bad, fail).refresh(timeSplit.name, windows)
    await expect(refreshing).rejects.toThrow(StageOutputError)
    await expect(refreshing).rejects.toThrow(message)
    expect(await computed()).toBe(10)
  })

  test('is not run for ever where it fails for all', async () => {
    let runs = 0
    const all = failing(
      () => true,
      () => {
        runs++
        return fails()
      },
    )
    await expect(all.refresh(timeSplit.name, windows)).rejects.toThrow('2026-03-02')
    expect(await computed()).toBe(0)
    expect(runs).toBeLessThan(2 * 8 + 4)
  })
})

test('what a stage reads is refreshed once, however many batches read it', async () => {
  let runs = 0
  const receipt = await refresher(() => runs++).refresh('waste_trend', windows)
  expect(runs).toBe(12)
  expect(receipt?.recomputed).toBe(12 + 12 + 2)
})

test('where some of what a stage reads is there, only the rest is computed', async () => {
  const [ann] = windows
  if (!ann) throw new Error('There is no window.')
  const some = new NamedRefresher(service.database, stageGraph(stages))
  await some.refresh(timeSplit.name, [{ ...ann, to: ann.from }])
  const receipt = await some.refresh('nva_summary', windows)
  expect(receipt).toEqual({ checked: 12 + 12, recomputed: 11 + 12, unchanged: 0, verified: 0 })
  expect(await some.refresh('nva_summary', windows)).toEqual({ checked: 12, recomputed: 0, unchanged: 0, verified: 0 })
})

test('a stage that fails for a slice the first time leaves what it reads, and the others', async () => {
  const bad = '2026-03-04'
  const definitions = stages.map((stage) => {
    if (stage.name !== nvaSummary.name) return stage
    const annotate: typeof stage.annotate = (tables) => {
      if ([...(tables.time_split?.array('date') ?? [])].includes(bad)) throw new Error('it divides by zero')
      return stage.annotate(tables)
    }
    return { ...stage, annotate }
  })
  const failing = new NamedRefresher(service.database, stageGraph(definitions))
  await expect(failing.refresh(nvaSummary.name, windows)).rejects.toThrow(
    /"nva_summary", version 2, failed for user .*, 2026-03-04 to 2026-03-04: it divides by zero/,
  )
  expect(await computed()).toBe(12)
  expect(await computed(nvaSummary.name)).toBe(10)
})
