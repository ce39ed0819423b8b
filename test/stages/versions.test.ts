import 'reflect-metadata'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { demoStages, ownStages } from '../../src/stages/index.ts'
import { codeOf, faultOf, fileOf, goneOf, type LockedVersion, readLock, writeLock } from './stage-lock.ts'

const versions = await Promise.all(
  demoStages.map(async (stage) => {
    const { name, version } = stage
    return { stage: name, version, code: await codeOf(fileOf(name, version, ownStages.includes(stage))) }
  }),
)
// As `npm run stages:lock` does.
if (process.env.STAGES_LOCK === 'accept') await writeLock(versions)
const locked = await readLock()

test.each(versions.map((each) => [each.stage, each.version, each] as const))(
  'the code of %s, version %s, is the one that is locked',
  (_stage, _version, each) => {
    const fault = faultOf(each, locked)
    if (fault) throw new Error(fault)
  },
)

test('every version that is locked is there', () => {
  expect(goneOf(versions, locked)).toEqual([])
})

describe('the lock', () => {
  const defines = (version: number, body: string) => `
    import { secondsOf } from './seconds.ts'
    export const a = { name: 'a', version: ${version}, annotate: ({ activities }) => ${body} }`
  const calls = `
    export function secondsOf(row: { s: number }): number { return minute() * row.s }
    const minute = () => 60`
  const seconds = 'activities.derive({ s: (row: { s: number }) => secondsOf(row) })'
  let folder: string
  let before: LockedVersion

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stage-'))
    before = { stage: 'a', version: 1, code: await code(defines(1, seconds), calls) }
  })

  afterAll(() => rm(folder, { recursive: true }))

  async function code(stage: string, called: string): Promise<string> {
    await writeFile(join(folder, 'a.ts'), stage)
    await writeFile(join(folder, 'seconds.ts'), called)
    return codeOf(join(folder, 'a.ts'))
  }

  async function faultAfter(version: number, body: string, called = calls): Promise<string | undefined> {
    return faultOf({ stage: 'a', version, code: await code(defines(version, body), called) }, [before])
  }

  test('is content with other comments, formatting and types', async () => {
    const dressed = `activities
      // As they are.
      .derive({ s: (row: Row) => secondsOf(row), })`
    expect(await faultAfter(1, dressed)).toBeUndefined()
  })

  test('is content with what the stage does not call', async () => {
    expect(
      await faultAfter(1, seconds, `${calls}\nexport function hoursOf(s: number) { return s / 3600 }`),
    ).toBeUndefined()
  })

  test('says what to do when the code alone changed', async () => {
    expect(await faultAfter(1, seconds.replace('secondsOf(row)', 'secondsOf(row) + 1'))).toMatch(
      /^The code of stage "a", version 1, .* changed: raise its `version`.*npm run stages:lock accepts that\.$/,
    )
  })

  test.each([
    ['what the stage calls', calls.replace('* row.s', '+ row.s')],
    ['what that calls', calls.replace('60', '61')],
  ])('says so, too, when %s changed', async (_, called) => {
    expect(await faultAfter(1, seconds, called)).toMatch(/of what it calls .* changed: raise its `version`/)
  })

  test('says what to do when the version alone changed', async () => {
    expect(await faultAfter(2, seconds)).toMatch(/became 2, but its code is that of version 1/)
  })

  test('wants to be told of another version, and of a new stage', async () => {
    expect(await faultAfter(2, seconds.replace('secondsOf(row)', '1'))).toMatch(
      /"a" has a version 2: npm run stages:lock/,
    )
    expect(faultOf({ ...before, stage: 'b' }, [before])).toMatch(/^Stage "b" is new: npm run stages:lock/)
  })

  test('names a version that is gone', () => {
    expect(goneOf([{ ...before, version: 2 }], [before])).toEqual([
      expect.stringMatching(/^Version 1 of stage "a" is locked/),
    ])
  })
})
