import { loadOf } from '../lib/load.mjs'
import { alternate } from '../lib/measure.mjs'
import { nodeOfPages } from '../lib/node-of-pages.mjs'
import {
  bodies,
  checkSamePages,
  logicsOf,
  postgraphileDigest,
  randomPlaces,
  showToPostgraphile,
} from '../lib/pages.mjs'
import { startRival, startService } from '../lib/process.mjs'

const CONNECTIONS = 16
const PLACES = 500
const WARM_UP_SECONDS = 2

/**
 * The warm page of so many activities; all who are asked for it run on one Node.
 * @param {string} name
 * @param {number} first
 * @param {{ route: number, postgraphile: number, plain: number }} least
 * @returns {import('../lib/case.mjs').Case}
 */
export function pageCase(name, first, least) {
  const against = {
    route: 'limit: a Fastify route on one prepared statement with json_agg',
    postgraphile: 'PostGraphile 5, amber preset, answers made as text',
    plain: 'type-graphql + Apollo + DataLoader',
  }
  return {
    name,
    what: `warm page of ${first === 1 ? '1 activity' : `${first} activities`}, ${CONNECTIONS} connections`,
    async measure({ caches, size, runs, seconds }) {
      return caches.with('warm', size, async (url) => {
        await showToPostgraphile(url)
        const servers = {}
        const absent = {}
        try {
          const logics = await logicsOf(url)
          const env = { TIME_SPLIT_LOGIC: logics.timeSplit, NVA_SUMMARY_LOGIC: logics.nvaSummary }
          const { command, version, tooOld } = nodeOfPages()
          servers.ours = await startService(url, { command })
          servers.route = await startRival('route.mjs', url, { command, path: '/page', env })
          servers.plain = await startRival('plain.mjs', url, { command, path: '/graphql', env })
          if (tooOld) absent.postgraphile = tooOld
          else servers.postgraphile = await startRival('postgraphile.mjs', url, { command, path: '/graphql' })

          const places = await randomPlaces(url, PLACES)
          const bodyOf = { ours: bodies.graphql, route: bodies.route, plain: bodies.graphql }
          if (servers.postgraphile)
            bodyOf.postgraphile = bodies.postgraphile(await postgraphileDigest(servers.postgraphile.url))
          const contestants = Object.fromEntries(
            Object.entries(servers).map(([who, server]) => [who, { url: server.url, body: bodyOf[who] }]),
          )
          await checkSamePages(contestants, places.slice(0, 20), first)

          const load = (who, duration) =>
            loadOf({
              url: servers[who].url,
              bodies: places.map((place) => bodyOf[who](place, first)),
              connections: CONNECTIONS,
              seconds: duration,
            })
          for (const who of Object.keys(servers)) await load(who, WARM_UP_SECONDS)
          const latencies = {}
          const figures = await alternate(
            runs,
            Object.fromEntries(
              Object.keys(servers).map((who) => [
                who,
                async () => {
                  const { rate, p50, p99 } = await load(who, seconds)
                  latencies[who] = { p50, p99 }
                  return rate
                },
              ]),
            ),
          )
          return Object.keys(against).map((who) => ({
            against: against[who],
            bar: { atLeast: least[who] },
            unit: 'requests/s',
            node: version,
            ...(absent[who]
              ? { absent: absent[who] }
              : {
                  ours: figures.ours.median,
                  rival: figures[who].median,
                  ratio: figures.ours.median / figures[who].median,
                  extra: { ours: figures.ours.all, rival: figures[who].all, latencies },
                }),
          }))
        } finally {
          for (const server of Object.values(servers)) await server.stop()
        }
      })
    },
  }
}
