import { median } from '../lib/measure.mjs'
import { startService } from '../lib/process.mjs'

const REST_SECONDS = 5

/** @type {import('../lib/case.mjs').Case} */
export const rest = {
  name: 'rest',
  what: 'the service at rest, and ready again after a restart',
  async measure({ caches, size, runs }) {
    return caches.with('warm', size, async (url) => {
      const ready = []
      const resting = []
      for (let run = 0; run < runs; run++) {
        const service = await startService(url)
        try {
          ready.push(service.readyMs / 1000)
          await new Promise((resolve) => setTimeout(resolve, REST_SECONDS * 1000))
          resting.push(service.rss())
        } finally {
          await service.stop()
        }
      }
      const row = { extra: { ready, resting } }
      return [
        { ...row, against: 'RSS at rest', bar: { atMost: 130 }, unit: 'MB', ours: median(resting) },
        { ...row, against: 'ready again after a restart', bar: { atMost: 2.5 }, unit: 's', ours: median(ready) },
      ]
    })
  },
}
