import { pino } from 'pino'
import { pullSources } from '../src/start-service.ts'
import { entries, sourceDatabase } from './source/source-database.ts'
import { testService } from './support/service.ts'

test('rows of a source that is not configured any more are named at start, with what removes them', async () => {
  const demo = { name: 'demo', adapter: 'timesheets', url: await sourceDatabase(entries(1, 'a', '2026-03-02 10:00Z')) }
  const first = await testService({ sources: [demo] })
  const own = { ...demo, name: 'timesheets', url: await sourceDatabase(entries(2, 'b', '2026-03-02 10:00Z')) }
  const second = await testService({ url: first.url, sources: [own] })
  const lines: Record<string, unknown>[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line)) })
  try {
    await pullSources({ ...first, pulled: [demo] }, log)
    expect(lines).toMatchObject([{ source: 'demo', inserted: 1, msg: 'source pulled' }])
    lines.length = 0
    await pullSources({ ...second, pulled: [own] }, log)
    expect(lines).toMatchObject([
      { level: 40, source: 'demo', msg: expect.stringContaining('removeSource(name: "demo") removes them') },
      { source: 'timesheets', inserted: 2, msg: 'source pulled' },
    ])
    await second.get('mutation { removeSource(name: "demo") { activities } }')
    lines.length = 0
    await pullSources({ ...second, pulled: [own] }, log)
    expect(lines).toMatchObject([{ source: 'timesheets', unchanged: 2 }])
  } finally {
    await first.stop()
    await second.stop()
  }
})
