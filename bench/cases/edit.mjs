import { activityOf, random } from '../lib/data.mjs'
import { post } from '../lib/http.mjs'
import { alternate, median, timed } from '../lib/measure.mjs'
import { bodies } from '../lib/pages.mjs'
import { startService } from '../lib/process.mjs'
import { ingestRows } from './ingest.mjs'

const SMALL = 10_000
const EDITS_A_RUN = 10

/** @type {import('../lib/case.mjs').Case} */
export const edit = {
  name: 'edit',
  what: 'one edit, then the page of 100 that shows it (cold slice)',
  async measure({ caches, size, runs }) {
    return caches.with('warm', SMALL, (smallUrl) =>
      caches.with('warm', size, async (largeUrl) => {
        const small = await startService(smallUrl)
        const large = await startService(largeUrl)
        try {
          // Two runs to warm up: fresh processes and plans.
          for (const [server, of] of [
            [small, SMALL],
            [large, size],
          ]) {
            await editAndShow(server, of, 0)
            await editAndShow(server, of, 1)
          }
          const cold = []
          const coldSmall = []
          const edits = []
          const warm = []
          const figures = await alternate(runs, {
            async large(run) {
              const times = await editAndShow(large, size, run + 2)
              cold.push(times.cold)
              warm.push(times.warm)
              edits.push(times.edit)
              return times.edit + times.cold
            },
            async small(run) {
              const times = await editAndShow(small, SMALL, run + 2)
              coldSmall.push(times.cold)
              return times.edit + times.cold
            },
          })
          const atLarge = size.toLocaleString('en')
          return [
            {
              against: `the same in a cache of ${SMALL.toLocaleString('en')} (here ${atLarge})`,
              bar: { atMost: 1.3 },
              unit: 'ms',
              ours: figures.large.median,
              rival: figures.small.median,
              ratio: figures.large.median / figures.small.median,
              extra: { ours: figures.large.all, rival: figures.small.all, coldSmall },
            },
            {
              against: 'latency of the cold page: the warm page',
              bar: { atMost: 3 },
              unit: 'ms',
              ours: median(cold),
              rival: median(warm),
              ratio: median(cold) / median(warm),
              note: `with the edit itself ${((median(cold) + median(edits)) / median(warm)).toFixed(2)}`,
              extra: { cold, warm, edits },
            },
          ]
        } finally {
          await small.stop()
          await large.stop()
        }
      }),
    )
  },
}

/** Medians, in ms, of: editing one activity, the page that begins with it, and the same page again. */
export async function editAndShow({ url }, size, run) {
  const times = { edit: [], cold: [], warm: [] }
  for (let i = 0; i < EDITS_A_RUN; i++) {
    const number = Math.floor(random(run * EDITS_A_RUN + i, 9) * (size - 102)) + 101
    // No activity was made with such a duration.
    const edited = { ...activityOf(number, size), durationSeconds: 60 * (1 + ((run * EDITS_A_RUN + i) % 300)) + 1 }
    // Newest first: the page that begins with it begins after the one that is newer.
    const body = bodies.graphql(placeBefore(number, size), 100)
    times.edit.push(
      await timed(async () => {
        const { updated, unchanged } = await ingestRows(url, [edited])
        if (updated !== 1) throw new Error(`The edit changed nothing: ${unchanged} unchanged.`)
      }),
    )
    let answer
    times.cold.push(
      await timed(async () => {
        answer = await post(url, body)
      }),
    )
    const shown = answer.data?.activities.nodes[0]
    if (shown?.id !== edited.id || shown.durationSeconds !== edited.durationSeconds) {
      throw new Error(`The page doesn't show the edit: ${JSON.stringify(answer).slice(0, 300)}`)
    }
    if (!(answer.extensions.receipt.recomputed > 0)) throw new Error('The page was not cold.')
    times.warm.push(await timed(() => post(url, body)))
  }
  return { edit: median(times.edit), cold: median(times.cold), warm: median(times.warm) }
}

/** A day's activities have ids that grow with their numbers. */
function placeBefore(number, size) {
  const { date, id } = activityOf(number + 1, size)
  return { date, id }
}
