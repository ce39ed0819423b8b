import { ActivityType } from '../../src/model/activity.ts'
import type { ValueRules } from '../../src/model/value-rules.ts'
import type { TestService } from '../support/service.ts'
import { pulling, sync } from './pulling.ts'
import { inSource, sourceDatabase } from './source-database.ts'

const { VALUE_ADD, NON_VALUE_ADD } = ActivityType

/** Two of coding and one meeting, whatever of value their rows say. */
const ROWS = `INSERT INTO time_entries VALUES
  ('a', '2026-03-02', 60, 'NVA', 1, 1, '2026-03-02 10:00Z'), ('b', '2026-03-03', 120, 'VA', 1, 2, '2026-03-02 10:00Z'),
  ('c', '2026-03-03', 240, 'VA', 2, 2, '2026-03-02 10:00Z')`

const byKind: ValueRules = {
  rules: [
    { type: VALUE_ADD, kinds: ['Coding'] },
    { type: NON_VALUE_ADD, kinds: ['meeting'] },
  ],
  otherwise: VALUE_ADD,
}

async function types(service: TestService): Promise<string> {
  const { activities } = await service.get('{ activities(orderBy: DATE_ASC) { nodes { externalId type } } }')
  const letters = activities.nodes.map(
    ({ externalId, type }: Record<string, string>) => `${externalId}${type === VALUE_ADD ? '+' : '-'}`,
  )
  return letters.sort().join(' ')
}

const PREVIEW = `query ($source: String!, $rules: [ValueRuleInput!], $otherwise: ActivityType) {
  previewValueRules(source: $source, rules: $rules, otherwise: $otherwise) {
    kind toValueAdd { activities seconds } toNonValueAdd { activities seconds }
  }
}`

test('rules decide before what a row says of itself, and a row where no rule fits', async () => {
  const url = await sourceDatabase(ROWS)
  const service = await pulling(
    { timesheets: url },
    { value: { rules: [{ type: VALUE_ADD, kinds: ['coding'] }], otherwise: NON_VALUE_ADD } },
  )
  await sync(service)
  expect(await types(service)).toBe('a+ b+ c+')
})

test('other rules read everything once, and say how many activities changed sides', async () => {
  const url = await sourceDatabase(ROWS)
  const before = await pulling({ timesheets: url })
  expect(await sync(before)).toMatchObject({ warnings: [] })
  expect(await types(before)).toBe('a- b+ c+')
  const service = await pulling({ timesheets: url }, { cache: before.url, value: byKind, overlapSeconds: 0 })
  expect(await sync(service)).toMatchObject({
    received: 3,
    updated: 2,
    unchanged: 1,
    warnings: [
      {
        code: 'RULES_CHANGED',
        message:
          'The rules of source "timesheets" are others than before, so everything was read again: 1 activities became value added, 1 are it no longer.',
      },
    ],
  })
  expect(await types(service)).toBe('a+ b+ c-')
  expect(await sync(service)).toMatchObject({ updated: 0, warnings: [] })
  const { nvaSummary } = await service.get('{ nvaSummary(from: "2026-03-01", to: "2026-03-31") { nvaSecondsSum } }')
  expect(nvaSummary.map(({ nvaSecondsSum }: { nvaSecondsSum: number }) => nvaSecondsSum).sort()).toEqual([0, 240])
})

test('a kind that is renamed is reported by every pull until a rule names it', async () => {
  const url = await sourceDatabase(ROWS)
  const service = await pulling({ timesheets: url }, { value: byKind })
  expect(await sync(service)).toMatchObject({ warnings: [] })
  await inSource(url, `UPDATE activity_kinds SET code = 'standup' WHERE id = 2`)
  const unnamed = {
    code: 'KIND_UNNAMED',
    message:
      'No rule of source "timesheets" names the kind "standup": where no other rule fits, their activities are VALUE_ADD.',
  }
  expect(await sync(service)).toMatchObject({ warnings: [unnamed] })
  expect(await sync(service)).toMatchObject({ warnings: [unnamed] })
})

describe('a preview', () => {
  test('says what rules would do, by kind, and changes nothing', async () => {
    const url = await sourceDatabase(ROWS)
    const service = await pulling({ timesheets: url })
    await sync(service)
    const { previewValueRules } = await service.get(PREVIEW, { source: 'timesheets', ...byKind })
    expect(previewValueRules).toEqual([
      { kind: 'meeting', toValueAdd: { activities: 0, seconds: 0 }, toNonValueAdd: { activities: 1, seconds: 240 } },
      { kind: 'coding', toValueAdd: { activities: 1, seconds: 60 }, toNonValueAdd: { activities: 0, seconds: 0 } },
    ])
    expect(await types(service)).toBe('a- b+ c+')
    expect((await service.get(PREVIEW, { source: 'timesheets' })).previewValueRules).toEqual([])
  })

  test.each([
    ['of a source that there is not', { source: 'nowhere' }, /^Unknown source "nowhere"/],
    ['of one that has nothing to pull', { source: 'redmine' }, /^Source "redmine" has nothing to pull/],
    [
      'of a rule for everything',
      { source: 'timesheets', rules: [{ type: VALUE_ADD }] },
      /^Each of rules must name billable, kinds or projects/,
    ],
  ])('%s is refused', async (_, variables, message) => {
    const service = await pulling({ timesheets: await sourceDatabase(ROWS) })
    const { errors = [] } = await service.ask(PREVIEW, variables)
    expect(errors).toMatchObject([{ message: expect.stringMatching(message), extensions: { code: 'BAD_USER_INPUT' } }])
  })

  test('of a source that can’t be reached says so', async () => {
    const service = await pulling({ timesheets: 'postgres://127.0.0.1:1/x' })
    const { errors = [] } = await service.ask(PREVIEW, { source: 'timesheets' })
    expect(errors[0]?.extensions.code).toBe('SOURCE_PULL_FAILED')
  })
})
