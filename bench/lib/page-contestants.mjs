import { nodeOfPages } from './node-of-pages.mjs'
import { bodies, logicsOf, postgraphileDigest, showToPostgraphile } from './pages.mjs'
import { startRival, startService } from './process.mjs'

/** Whom the service's pages are held against: what the report calls them, how they are started and asked. */
export const pageRivals = {
  route: {
    against: 'limit: one SQL statement that makes the JSON, the way of Hasura and PostgREST, in a Fastify route',
    file: 'route.mjs',
    path: '/page',
    bodyOf: () => bodies.route,
  },
  postgraphile: {
    against: 'PostGraphile 5, amber preset, answers made as text',
    file: 'postgraphile.mjs',
    path: '/graphql',
    bodyOf: async (url) => bodies.postgraphile(await postgraphileDigest(url)),
  },
  mercurius: {
    against: 'Mercurius with jit + type-graphql + DataLoader',
    file: 'mercurius.mjs',
    path: '/graphql',
    bodyOf: () => bodies.graphql,
  },
  plain: {
    against: 'type-graphql + Apollo + DataLoader',
    file: 'plain.mjs',
    path: '/graphql',
    bodyOf: () => bodies.graphql,
  },
}

/**
 * @typedef {object} Contestant
 * @property {string} url
 * @property {(place: import('./pages.mjs').Place, first: number, fields?: string) => string} body of the request for a page
 *
 * @typedef {object} PageBench
 * @property {Record<string, Contestant>} contestants `ours` and the rivals
 * @property {Record<string, string>} absent why a rival could not be started
 * @property {string} node the version that all of them run on
 */

/**
 * The service and these rivals, ready to answer pages of one cache, all on one Node; stopped when the work is done.
 * @template T
 * @param {string} databaseUrl a warm cache
 * @param {readonly (keyof typeof pageRivals)[]} rivals
 * @param {(bench: PageBench) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withPageContestants(databaseUrl, rivals, work) {
  const { command, version, tooOld } = nodeOfPages()
  const { timeSplit, timeSplitVersion, nvaSummary } = await logicsOf(databaseUrl)
  const env = {
    TIME_SPLIT_LOGIC: timeSplit,
    TIME_SPLIT_VERSION: String(timeSplitVersion),
    NVA_SUMMARY_LOGIC: nvaSummary,
  }
  const servers = {}
  const absent = {}
  try {
    servers.ours = await startService(databaseUrl, { command })
    for (const who of rivals) {
      if (who === 'postgraphile' && tooOld) {
        absent[who] = tooOld
        continue
      }
      if (who === 'postgraphile') await showToPostgraphile(databaseUrl)
      const { file, path } = pageRivals[who]
      servers[who] = await startRival(file, databaseUrl, { command, path, env })
    }
    const contestants = { ours: { url: servers.ours.url, body: bodies.graphql } }
    for (const who of rivals.filter((one) => servers[one])) {
      const { url } = servers[who]
      contestants[who] = { url, body: await pageRivals[who].bodyOf(url) }
    }
    return await work({ contestants, absent, node: version })
  } finally {
    for (const server of Object.values(servers)) await server.stop()
  }
}
