import { loadOf } from '../lib/load.mjs'
import { alternate } from '../lib/measure.mjs'
import { pageRivals, withPageContestants } from '../lib/page-contestants.mjs'
import { checkSamePages, randomPlaces } from '../lib/pages.mjs'

const CONNECTIONS = 16
const PLACES = 500
const CHECKED = 20
const WARM_UP_SECONDS = 2

/**
 * Warm pages under load, held against rivals that give the same.
 * @param {object} page
 * @param {string} page.name
 * @param {string} page.what
 * @param {number} page.first how many activities are on it
 * @param {number} [page.places] how many such pages there are, asked for in turn
 * @param {string} [page.fields] asked of each activity beside the usual ones, of who is asked in GraphQL of this schema
 * @param {Partial<Record<keyof typeof pageRivals, number>>} page.least ratio to reach, by rival
 * @returns {import('../lib/case.mjs').Case}
 */
export function pageCase({ name, what, first, places: count = PLACES, fields, least }) {
  const rivals = Object.keys(least)
  return {
    name,
    what: `${what}, ${CONNECTIONS} connections`,
    async measure({ caches, size, runs, seconds }) {
      return caches.with('warm', size, (url) =>
        withPageContestants(url, rivals, async ({ contestants, absent, node }) => {
          const places = await randomPlaces(url, count)
          await checkSamePages(contestants, places.slice(0, CHECKED), first, fields)

          const latencies = {}
          const rateOf = (who, duration) => async () => {
            const { url, body } = contestants[who]
            const bodies = places.map((place) => body(place, first, fields))
            const { rate, p50, p99 } = await loadOf({ url, bodies, connections: CONNECTIONS, seconds: duration })
            latencies[who] = { p50, p99 }
            return rate
          }
          const all = (duration) =>
            Object.fromEntries(Object.keys(contestants).map((who) => [who, rateOf(who, duration)]))
          await alternate(1, all(WARM_UP_SECONDS))
          const figures = await alternate(runs, all(seconds))
          return rivals.map((who) => ({
            against: pageRivals[who].against,
            bar: { atLeast: least[who] },
            unit: 'requests/s',
            node,
            ...(absent[who]
              ? { absent: absent[who] }
              : {
                  ours: figures.ours.median,
                  rival: figures[who].median,
                  ratio: figures.ours.median / figures[who].median,
                  extra: { ours: figures.ours.all, rival: figures[who].all, latencies },
                }),
          }))
        }),
      )
    },
  }
}
