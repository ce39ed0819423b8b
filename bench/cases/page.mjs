import { loadOf } from '../lib/load.mjs'
import { alternate } from '../lib/measure.mjs'
import { pageRivals, withPageContestants } from '../lib/page-contestants.mjs'
import { checkSamePages, placesOf } from '../lib/pages.mjs'

const CONNECTIONS = 16
/** Pages that there are to ask for: more than anybody answers, so that none is asked for twice. */
const PAGES_A_SECOND = 10_000
const CHECKED = 20
/** V8 compiles for the first ten thousand requests. */
const WARM_UP_SECONDS = 6

/**
 * Warm pages under load, held against rivals that give the same. Each is asked for once, as what is asked for again may be
 * remembered.
 * @param {object} page
 * @param {string} page.name
 * @param {string} page.what
 * @param {number} page.first how many activities are on it
 * @param {boolean} [page.again] it is the same page each time
 * @param {string} [page.fields] asked of each activity beside the usual ones, of who is asked in GraphQL of this schema
 * @param {Partial<Record<keyof typeof pageRivals, number>>} page.least ratio to reach, by rival
 * @returns {import('../lib/case.mjs').Case}
 */
export function pageCase({ name, what, first, again = false, fields, least }) {
  const rivals = Object.keys(least)
  return {
    name,
    what: `${what}, ${CONNECTIONS} connections`,
    async measure({ caches, size, runs, seconds }) {
      return caches.with('warm', size, (url) =>
        withPageContestants(url, rivals, async ({ contestants, absent, node }) => {
          const placeOf = await placesOf(url)
          const checked = Array.from({ length: CHECKED }, (_, i) => placeOf(i))
          await checkSamePages(contestants, checked, first, fields)

          let asked = CHECKED
          const latencies = {}
          const rateOf = (who, duration) => async () => {
            const { url, body } = contestants[who]
            const count = again ? CONNECTIONS : PAGES_A_SECOND * duration
            const bodies = Array.from({ length: count }, () => body(placeOf(again ? 0 : asked++), first, fields))
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
