import { once } from 'node:events'
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'

/** A span as it came over OTLP. */
export interface CollectedSpan {
  name: string
  traceId: string
  spanId: string
  parentSpanId?: string
  /** 1: of the process itself, 2: it answers, 3: it asks. */
  kind: number
  status: { code?: number }
  words: Record<string, string | number>
}

interface Sent {
  resourceSpans: {
    resource: { attributes: Attribute[] }
    scopeSpans: { spans: (Omit<CollectedSpan, 'words'> & { attributes: Attribute[] })[] }[]
  }[]
}

interface Attribute {
  key: string
  value: { stringValue?: string; intValue?: number }
}

/** Takes traces over OTLP, as a collector does. */
export async function testCollector() {
  const spans: CollectedSpan[] = []
  const services = new Set<unknown>()
  /** All that came, as it came. */
  let text = ''
  const server = createServer(async (request, response) => {
    const sent = (await json(request)) as Sent
    text += JSON.stringify(sent)
    if (request.url === '/v1/traces') {
      for (const { resource, scopeSpans } of sent.resourceSpans) {
        services.add(wordsOf(resource.attributes)['service.name'])
        for (const { attributes, ...span } of scopeSpans.flatMap((scope) => scope.spans)) {
          spans.push({ ...span, words: wordsOf(attributes) })
        }
      }
    }
    response.setHeader('content-type', 'application/json').end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return {
    endpoint: `http://127.0.0.1:${port}`,
    spans,
    services,
    text: () => text,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function wordsOf(attributes: readonly Attribute[]): Record<string, string | number> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]))
}
