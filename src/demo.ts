import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answerOf, ask } from './command-line/ask.ts'
import { configOf } from './config/config.ts'
import { exitWith } from './exit-with.ts'
import { serviceLog } from './log.ts'
import { addDays, utcToday, weekStart } from './model/calendar.ts'
import { type RunningService, startService } from './start-service.ts'

const WEEKS = 52

/** The round trip in the terminal: an external database through the ACL, what it costs whom, and what a second read computes. */
async function demo(): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'steelthread-demo-'))
  // Postgres may have to run as another user, who must get in.
  await chmod(home, 0o755)
  let service: RunningService | undefined
  try {
    say('Starting a Postgres with an invented company’s time-tracking database …')
    service = await startService(configOf({ STEELTHREAD_HOME: home }), serviceLog('silent'))
    await tour(service)
  } finally {
    await service?.stop()
    await rm(home, { recursive: true, force: true })
  }
}

async function tour(service: RunningService): Promise<void> {
  const { syncSource: report } = await ask<{ syncSource: Report }>(
    service,
    `mutation { syncSource(name: "demo") {
      received inserted updated unchanged quarantined superseded rejections(first: 1000) { nodes { problems { code } } }
    } }`,
  )
  say('\nPulled through the anti-corruption layer: the ingest report')
  const { rejections, ...counts } = report
  console.table([counts])
  say('Quarantined, by problem')
  console.table(countsOf(rejections.nodes.flatMap(({ problems }) => problems.map(({ code }) => code))))

  const to = utcToday()
  const range = `from: "${weekStart(addDays(to, -7 * (WEEKS - 1)))}", to: "${to}"`
  const query = `{ nvaSummaryTotals(${range}) { user { name } nvaSeconds totalSeconds wasteRatio } }`
  const first = await answerOf<{ nvaSummaryTotals: Group[] }>(service, query)
  say(`Time that added no value, by person, over ${WEEKS} weeks`)
  console.table(
    first.data.nvaSummaryTotals
      .sort((a, b) => b.nvaSeconds - a.nvaSeconds)
      .map(({ user, nvaSeconds, totalSeconds, wasteRatio }) => ({
        person: user.name,
        'NVA hours': hours(nvaSeconds),
        'all hours': hours(totalSeconds),
        ratio: wasteRatio === null ? '–' : `${(wasteRatio * 100).toFixed(1)} %`,
      })),
  )
  const second = await answerOf(service, query)
  say('The receipts, in person-days: the first read computed what it needed, the second nothing')
  console.table({ 'first read': first.extensions.receipt, 'second read': second.extensions.receipt })
}

function countsOf(codes: readonly string[]): Record<string, { rows: number }> {
  const counts: Record<string, { rows: number }> = {}
  for (const code of codes) counts[code] = { rows: (counts[code]?.rows ?? 0) + 1 }
  return counts
}

function hours(seconds: number): string {
  return (seconds / 3600).toFixed(0)
}

function say(text: string): void {
  console.log(text)
}

interface Report {
  received: number
  inserted: number
  updated: number
  unchanged: number
  quarantined: number
  superseded: number
  rejections: { nodes: { problems: { code: string }[] }[] }
}

interface Group {
  user: { name: string }
  nvaSeconds: number
  totalSeconds: number
  wasteRatio: number | null
}

demo().catch(exitWith)
