import { startBroker } from '../lib/broker.mjs'
import { askForTrends } from '../lib/caches.mjs'
import { alternate, timed } from '../lib/measure.mjs'
import { withClient } from '../lib/postgres.mjs'
import { startService, startWorker } from '../lib/process.mjs'
import { editAndShow } from './edit.mjs'
import { forgetAnnotations } from './first-computation.mjs'

const WORKERS = 2

/** @type {import('../lib/case.mjs').Case} */
export const workers = {
  name: 'workers',
  what: `stages run by ${WORKERS} processes over a broker`,
  async measure({ caches, size, runs }) {
    const against = 'the same in one process'
    let broker
    try {
      broker = await startBroker()
    } catch (error) {
      return [{ against, bar: {}, unit: '', absent: error.message }]
    }
    try {
      const first = await caches.with('cold', size, (url) =>
        asService(url, broker.url, (both) => firstOf(url, both, runs)),
      )
      const stale = await caches.with('warm', size, (url) =>
        asService(url, broker.url, (both) => staleOf(both, size, runs)),
      )
      return [
        {
          against: `${against}: first computation of everything`,
          bar: size < 1_000_000 ? {} : { atLeast: 1.3 },
          unit: 'activities/s',
          ours: (size * 1000) / first.split.median,
          rival: (size * 1000) / first.alone.median,
          ratio: first.alone.median / first.split.median,
          extra: { oursMs: first.split.all, rivalMs: first.alone.all },
        },
        {
          against: `${against}: a page with one stale slice`,
          bar: { atMost: 1.5 },
          unit: 'ms',
          ours: stale.split.median,
          rival: stale.alone.median,
          ratio: stale.split.median / stale.alone.median,
          extra: { ours: stale.split.all, rival: stale.alone.all },
        },
      ]
    } finally {
      await broker.stop()
    }
  },
}

/** Does work with a service that runs its stages itself and one that has workers, on one cache. */
async function asService(url, brokerUrl, work) {
  const env = { BROKER_URL: brokerUrl }
  const stops = []
  const started = async (starting) => {
    const one = await starting
    stops.push(() => one.stop())
    return one
  }
  try {
    const alone = await started(startService(url))
    const split = await started(startService(url, { env }))
    for (let i = 0; i < WORKERS; i++) await started(startWorker(url, { env }))
    return await work({ alone, split })
  } finally {
    for (const stop of stops.reverse()) await stop()
  }
}

function firstOf(url, { alone, split }, runs) {
  return withClient(url, async (client) => {
    const computed = async (service) => {
      await forgetAnnotations(client)
      return timed(() => askForTrends(service.url))
    }
    return alternate(runs, { alone: () => computed(alone), split: () => computed(split) })
  })
}

async function staleOf({ alone, split }, size, runs) {
  // Other edits each time, after two runs to warm up.
  let run = 0
  const cold = async (service) => (await editAndShow(service, size, run++)).cold
  for (const service of [alone, split, alone, split]) await cold(service)
  return alternate(runs, { alone: () => cold(alone), split: () => cold(split) })
}
