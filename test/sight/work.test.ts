import getPort from 'get-port'
import { describeWithBroker, testBroker } from '../support/broker.ts'
import { freshDatabase } from '../support/databases.ts'
import { metricsIn } from '../support/scrape.ts'
import { type ServiceProcess, serviceProcess } from '../support/service-process.ts'
import { addPeople, ingest, row } from '../support/timesheet-rows.ts'
import { until } from '../support/until.ts'

describeWithBroker('a process that runs stages for others', () => {
  test('serves metrics and probes where METRICS_PORT says, and nothing else', async () => {
    const [broker, url, port] = [await testBroker(), await freshDatabase(), await getPort()]
    const processes: ServiceProcess[] = []
    try {
      const env = { BROKER_URL: broker.url }
      const api = await serviceProcess(url, { args: ['serve'], env })
      processes.push(api)
      processes.push(await serviceProcess(url, { args: ['work'], env: { ...env, METRICS_PORT: String(port) } }))
      const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`)
      await addPeople(api)
      await ingest(api, [row(1)])
      await api.get('{ nvaSummary(from: "2026-03-02", to: "2026-03-02") { totalSum } }')
      const ready = async () => (await (await get('/readyz')).json()) as { broker: string }
      await until(async () => (await ready()).broker === 'there')
      expect(await ready()).toEqual({
        status: 'ready',
        broker: 'there',
        database: 'there',
        sources: {},
        pulling: [],
      })
      expect((await get('/healthz')).status).toBe(200)
      expect((await get('/graphql')).status).toBe(404)
      const metrics = metricsIn(await (await get('/metrics')).text())
      expect(metrics.of('steelthread_broker_connected')).toEqual({ '': 1 })
      expect(metrics.counted('steelthread_slices_recomputed_total')).toEqual({
        'stage=time_split': 1,
        'stage=nva_summary': 1,
      })
    } finally {
      for (const process of processes) await process.stop()
      await broker.close()
    }
  })
})
