import { text } from 'node:stream/consumers'
import autocannon from 'autocannon'

const { url, bodies, connections, seconds } = JSON.parse(await text(process.stdin))
const requests = bodies.map((body) => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body }))
let clients = 0
const result = await autocannon({
  url,
  connections,
  duration: seconds,
  setupClient(client) {
    const own = clients++
    client.setRequests(requests.filter((_, i) => i % connections === own))
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
