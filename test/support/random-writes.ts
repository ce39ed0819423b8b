import { addDays } from '../../src/model/calendar.ts'
import { int, pick } from './random.ts'
import type { TestService } from './service.ts'
import { ANN, BEN, CODING, ingest, MEETING, PTO, row } from './timesheet-rows.ts'

/** Who can be asked over GraphQL: a service in this process or in another. */
export type Client = Pick<TestService, 'ask' | 'get'>

/** Where the activities lie: enough weeks for a baseline. */
export const FIRST_DAY = '2026-01-05'
export const DAYS = 77

/** The sprints that are moved at random. */
export async function addSprints(service: Client): Promise<void> {
  await service.get(
    `mutation { upsertSprints(input: [
      { name: "A", startDate: "2026-01-05", endDate: "2026-01-18" }, { name: "B", startDate: "2026-01-12", endDate: "2026-02-10" }
    ]) { id } }`,
  )
}

/** One of: insert, edit, move in time, move to another user, delete, recode, discard, move a sprint. */
export async function editAtRandom(service: Client, random: () => number): Promise<void> {
  const kind = random()
  if (kind < 0.7) {
    const rows = new Map(
      Array.from({ length: 1 + int(random, 6) }, () => randomRow(random)).map((each) => [each.id, each]),
    )
    await ingest(service, [...rows.values()])
  } else if (kind < 0.8) {
    const externalIds = [1, 2, 3].map(() => String(int(random, 90)))
    await service.get('mutation ($ids: [String!]!) { deleteActivities(source: "timesheets", externalIds: $ids) }', {
      ids: externalIds,
    })
  } else if (kind < 0.87) {
    const input = { source: 'timesheets', externalId: pick(random, [MEETING, CODING]), name: 'Recoded' }
    await service.get('mutation ($input: [StereotypeInput!]!) { upsertStereotypes(input: $input) { id } }', {
      input: [{ ...input, code: pick(random, ['meeting', 'coding', 'Pto']) }],
    })
  } else if (kind < 0.96) {
    const from = addDays(FIRST_DAY, int(random, DAYS))
    await service.get('mutation ($stage: String!, $from: Date) { discardAnnotations(stage: $stage, from: $from) }', {
      stage: pick(random, ['time_split', 'nva_summary', 'waste_trend', 'sprint_summary']),
      from: random() < 0.5 ? from : null,
    })
  } else {
    const startDate = addDays(FIRST_DAY, int(random, DAYS))
    await service.get('mutation ($input: [SprintInput!]!) { upsertSprints(input: $input) { id } }', {
      input: [{ name: pick(random, ['A', 'B']), startDate, endDate: addDays(startDate, 3 + int(random, 14)) }],
    })
  }
}

function randomRow(random: () => number) {
  return row(int(random, 90), {
    activity_date: addDays(FIRST_DAY, int(random, DAYS)),
    duration_seconds: int(random, 5) * 1800,
    value_type: pick(random, ['VA', 'NVA']),
    stereotype_id: pick(random, [CODING, MEETING, PTO]),
    user_id: pick(random, [ANN, BEN]),
  })
}
