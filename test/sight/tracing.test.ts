import { describeWithBroker, testBroker } from '../support/broker.ts'
import { type CollectedSpan, testCollector } from '../support/collector.ts'
import { freshDatabase } from '../support/databases.ts'
import { type ServiceProcess, serviceProcess } from '../support/service-process.ts'
import { ANN, addPeople, ingest, row } from '../support/timesheet-rows.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const CALLER = 'b7ad6b7169203331'
const SUMMARY = 'query Named { nvaSummary(from: "2026-03-02", to: "2026-03-02") { totalSum user { name } } }'

async function traced(address: string, query: string, traceparent: string): Promise<Response> {
  return fetch(`${address}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent, 'x-request-id': 'mine' },
    body: JSON.stringify({ query }),
  })
}

/** Each span as the names on the way to it from the beginning of its trace. */
function paths(spans: readonly CollectedSpan[]): string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]))
  const pathOf = ({ name, parentSpanId = '' }: CollectedSpan): string => {
    const parent = byId.get(parentSpanId)
    return parent ? `${pathOf(parent)} > ${name}` : name
  }
  return [...new Set(spans.map(pathOf))].sort()
}

test('a request is one trace, within that of who asked, down to the stages and statements, and says nothing of rows', async () => {
  const [collector, url] = [await testCollector(), await freshDatabase()]
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.endpoint}/`, OTEL_SERVICE_NAME: 'ours' }
  const service = await serviceProcess(url, { env })
  await addPeople(service)
  await ingest(service, [row('row-1')])
  await (await traced(service.address, SUMMARY, `00-${TRACE}-${CALLER}-01`)).json()
  await (await traced(service.address, 'mutation { discardAnnotations(stage: "guess") }', 'nonsense')).json()
  await (await traced(service.address, SUMMARY, `00-${TRACE.replace('0', '1')}-${CALLER}-00`)).json()
  // What was gathered is sent before it ends.
  await service.stop()
  await collector.close()

  const own = collector.spans.filter(({ traceId }) => traceId === TRACE)
  expect(own.filter(({ parentSpanId }) => parentSpanId === CALLER)).toEqual([
    expect.objectContaining({
      name: 'POST /graphql',
      kind: 2,
      words: {
        'http.request.method': 'POST',
        'http.route': '/graphql',
        'http.response.status_code': 200,
        'steelthread.request_id': 'mine',
      },
    }),
  ])
  expect(paths(own)).toEqual([
    'POST /graphql',
    'POST /graphql > graphql query',
    'POST /graphql > graphql query > refresh nva_summary',
    'POST /graphql > graphql query > refresh nva_summary > stage nva_summary',
    'POST /graphql > graphql query > refresh nva_summary > stage time_split',
    'POST /graphql > graphql query > refresh nva_summary > statement',
    'POST /graphql > graphql query > statement',
    'POST /graphql > statement',
  ])
  // What isn't sampled where it began isn't here; what came without a trace is one of its own.
  expect(collector.spans.filter(({ traceId }) => traceId === TRACE.replace('0', '1'))).toEqual([])
  expect(paths(collector.spans)).toContain('POST /graphql > graphql mutation')
  expect(paths(collector.spans)).not.toContain('statement')
  expect([...collector.services]).toEqual(['ours'])
  expect(collector.text()).toContain('INSERT INTO app_user')
  for (const secret of ['row-1', ANN, 'Named', 'guess', '2026-03-02', new URL(url).host]) {
    expect(collector.text()).not.toContain(secret)
  }
})

describeWithBroker('where other processes run stages', () => {
  test('what they do is a part of the trace', async () => {
    const [broker, collector, url] = [await testBroker(), await testCollector(), await freshDatabase()]
    const processes: ServiceProcess[] = []
    try {
      const env = { BROKER_URL: broker.url, OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint }
      const api = await serviceProcess(url, { args: ['serve'], env })
      processes.push(api, await serviceProcess(url, { args: ['work'], env }))
      await addPeople(api)
      await ingest(api, [row(1)])
      await (await traced(api.address, SUMMARY, `00-${TRACE}-${CALLER}-01`)).json()
    } finally {
      for (const process of processes) await process.stop()
      await broker.close()
      await collector.close()
    }
    expect(paths(collector.spans.filter(({ traceId }) => traceId === TRACE))).toContain(
      'POST /graphql > graphql query > request > refresh nva_summary > stage nva_summary',
    )
  })
})

test('where no collector is named nothing that traces is loaded', async () => {
  const service = await serviceProcess(await freshDatabase(), {
    env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(SAY_WHAT_IS_LOADED)}` },
  })
  await service.stop()
  expect(service.said.filter((line) => line.startsWith('loaded: '))).toEqual(['loaded: false'])
})

/** Packages of OpenTelemetry are CommonJS; the API alone comes with what serves metrics. */
const SAY_WHAT_IS_LOADED = `
import Module from 'node:module'
process.on('exit', () => {
  const files = Object.keys(Module._cache)
  console.log('loaded: ' + files.some((file) => /@opentelemetry\\/(?!api\\/)/.test(file)))
})`
