import { text } from 'node:stream/consumers'
import autocannon from 'autocannon'

const { url, bodies, connections, seconds } = JSON.parse(await text(process.stdin))
const requests = bodies.map((body) => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body }))
let clients = 0
const result = await autocannon({
  url,
  connections,
  duration: seconds,
  // Each connection starts at another body.
  setupClient(client) {
    const start = Math.floor((clients++ * requests.length) / connections)
    client.setRequests([...requests.slice(start), ...requests.slice(0, start)])
  },
})
const answered = result['2xx']
process.stdout.write(
  JSON.stringify({
    rate: answered / result.duration,
    p50: result.latency.p50,
    p99: result.latency.p99,
    bytes: Math.round(result.throughput.total / answered),
    failed: result.non2xx + result.errors + result.timeouts,
    statuses: Object.keys(result.statusCodeStats),
  }),
)
