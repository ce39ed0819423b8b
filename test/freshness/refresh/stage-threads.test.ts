import { table } from 'arquero'
import { StageThreads } from '../../../src/freshness/refresh/stage-threads.ts'
import type { StageDefinition } from '../../../src/stages/define-stage.ts'
import { timeSplit } from '../../../src/stages/time-split.ts'

const TABLES = {
  activities: table({
    activity_id: ['a', 'b'],
    user_id: ['u', 'u'],
    date: ['2026-03-02', '2026-03-02'],
    duration_seconds: [3600, 60],
    type: ['VALUE_ADD', 'NON_VALUE_ADD'],
    stereotype_code: ['coding', 'coding'],
    stereotype_id: ['s', 's'],
    project_id: [null, null],
  }),
}

let threads: StageThreads | undefined

afterEach(() => threads?.close())

/** How often the stage is run here, and what it is there under the same name. */
function counted(work: () => void): { definition: StageDefinition; runs: () => number } {
  let runs = 0
  const annotate: StageDefinition['annotate'] = (tables) => {
    runs += 1
    work()
    return timeSplit.annotate(tables)
  }
  return { definition: { ...timeSplit, annotate }, runs: () => runs }
}

test('a stage that goes on for ever is ended in the middle, run again in a thread, and never here again', async () => {
  threads = new StageThreads({ most: 1, timeoutMs: 60_000, isCautious: false, longestHereMs: 50 })
  const { definition, runs } = counted(() => {
    for (;;);
  })
  for (let i = 0; i < 2; i++) {
    const output = await threads.run(definition, TABLES)
    expect(output.objects()).toEqual(timeSplit.annotate(TABLES).objects())
  }
  expect(runs()).toBe(1)
})

test('a short stage is run here, and what it throws is thrown', async () => {
  threads = new StageThreads({ most: 1, timeoutMs: 60_000, isCautious: false })
  const sound = counted(() => undefined)
  await threads.run(sound.definition, TABLES)
  await threads.run(sound.definition, TABLES)
  expect(sound.runs()).toBe(2)
  const failing = counted(() => {
    throw new Error('No such row.')
  })
  await expect(threads.run(failing.definition, TABLES)).rejects.toThrow('No such row.')
})

test('who runs stages for others tries none here that was never run', async () => {
  threads = new StageThreads({ most: 1, timeoutMs: 60_000, isCautious: true })
  const { definition, runs } = counted(() => undefined)
  expect((await threads.run(definition, TABLES)).numRows()).toBe(2)
  expect(runs()).toBe(0)
  await threads.run(definition, TABLES)
  expect(runs()).toBe(1)
})
