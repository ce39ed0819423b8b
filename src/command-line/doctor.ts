/** Looks at everything that the service stands on, changes nothing, and says what to do about what is wrong. */

import { once } from 'node:events'
import { createServer } from 'node:net'
import { pendingMigrations, ranMigrations } from '../cache/migrate.ts'
import type { Config } from '../config/config.ts'
import { readConfig } from '../config/read-config.ts'
import { cacheDataSource } from '../data-source.ts'
import { shareEmbeddedPostgres } from '../embedded/embedded-postgres.ts'
import { hintFor } from '../exit-with.ts'
import { printable } from '../model/excerpts.ts'
import { checkSource } from '../source/check-source.ts'
import { pullable, sourcesOf, sourcesToPull } from '../source/sources.ts'
import { type OutputOptions, print } from './output.ts'

/** One thing that was looked at. */
interface Finding {
  what: string
  isWell: boolean
  detail: string
  /** What to do. */
  advice?: string
}

const LEAST_NODE = [20, 19] as const
const LEAST_POSTGRES = 14
const ANSWER_MS = 5_000

/** `doctor`: exit code 1 where something is wrong. */
export async function doctor(output: OutputOptions): Promise<void> {
  const findings: Finding[] = [node()]
  const config = configuration(findings)
  if (config) {
    findings.push(
      await cache(config),
      await port(config),
      ...(await sources(config)),
      await alerts(config),
      ...(await broker(config)),
    )
  }
  const isWell = findings.every((finding) => finding.isWell)
  if (!isWell) process.exitCode = 1
  print(output, { isWell, findings }, () => {
    const lines = findings.map(({ what, isWell, detail, advice }) => {
      const todo = advice ? `\n      ${printable(advice)}` : ''
      return `${isWell ? 'ok   ' : 'WRONG'} ${what}: ${printable(detail)}${todo}`
    })
    return [...lines, '', isWell ? 'Everything is well.' : 'Something is wrong.'].join('\n')
  })
}

function node(): Finding {
  const { node } = process.versions
  const [major = 0, minor = 0] = node.split('.').map(Number)
  const isWell = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])
  return finding('Node', isWell, node, `Install Node ${LEAST_NODE.join('.')} or newer.`)
}

function configuration(findings: Finding[]): Config | undefined {
  try {
    const config = readConfig()
    sourcesOf(config.sources)
    findings.push(finding('configuration', true, 'environment and sources.yaml make sense'))
    return config
  } catch (error) {
    for (const problem of reasonOf(error).split('; ')) {
      findings.push(finding('configuration', false, problem, 'See "Configuration" in README.md.'))
    }
    return undefined
  }
}

async function cache({ databaseUrl, home }: Config): Promise<Finding> {
  if (databaseUrl) return ownPostgres(databaseUrl)
  try {
    const postgres = await shareEmbeddedPostgres({ home })
    await postgres.stop()
    return finding('cache', true, `the embedded Postgres in ${home} starts`)
  } catch (error) {
    return finding('cache', false, reasonOf(error), 'Or set DATABASE_URL to a Postgres of your own.')
  }
}

async function ownPostgres(url: string): Promise<Finding> {
  const { host, pathname } = new URL(url)
  const place = `${host}${pathname}`
  try {
    const dataSource = await (await cacheDataSource(url)).initialize()
    try {
      const [found]: { version: number; may: boolean }[] = await dataSource.query(
        `SELECT current_setting('server_version_num')::integer / 10000 AS version,
           has_schema_privilege('public', 'CREATE') AS may`,
      )
      if (!found || found.version < LEAST_POSTGRES) {
        const advice = `Use Postgres ${LEAST_POSTGRES} or newer.`
        return finding('cache', false, `${place} is Postgres ${found?.version}`, advice)
      }
      if (!found.may) {
        const advice = 'GRANT CREATE, USAGE ON SCHEMA public TO that user: it makes the tables.'
        return finding('cache', false, `the user of DATABASE_URL may not make tables in ${place}`, advice)
      }
      const pending = pendingMigrations(dataSource, await ranMigrations(dataSource))
      const state =
        pending.length > 0 ? 'its tables are made or changed at the next start' : 'its tables are up to date'
      return finding('cache', true, `${place}, Postgres ${found.version}; ${state}`)
    } finally {
      await dataSource.destroy()
    }
  } catch (error) {
    const advice = 'Check DATABASE_URL: its host, port, user, password and database.'
    return finding('cache', false, `${place} can't be used: ${reasonOf(error)}`, advice)
  }
}

async function port({ host, port }: Config): Promise<Finding> {
  const probe = createServer()
  try {
    probe.listen({ host, port })
    await once(probe, 'listening')
    return finding('port', true, `${port} is free on ${host}`)
  } catch (error) {
    const isServed = await fetch(`http://${host}:${port}/readyz`, { signal: AbortSignal.timeout(ANSWER_MS) }).then(
      (response) => response.ok,
      () => false,
    )
    if (isServed) return finding('port', true, `a service is ready on ${host}:${port}`)
    return finding('port', false, reasonOf(error), 'Or stop what listens there.')
  } finally {
    probe.close()
  }
}

async function sources({ sources: settings, databaseUrl }: Config): Promise<Finding[]> {
  const known = sourcesOf(settings)
  const pulled = sourcesToPull(known)
  if (pulled.length === 0) {
    const detail = databaseUrl
      ? 'none is pulled: rows come in by ingestActivities and steelthread ingest'
      : 'none is configured, so the source "demo" is made'
    return [finding('sources', true, detail)]
  }
  const findings: Finding[] = []
  for (const { name, adapter } of pulled) {
    const what = `source ${name}`
    try {
      const rows = await checkSource(pullable(known, name), 1, new AbortController().signal)
      const detail = `can be reached, and has the columns that ${adapter.name} needs`
      findings.push(finding(what, true, rows.length > 0 ? detail : `${detail}; it has no rows`))
    } catch (error) {
      findings.push(finding(what, false, reasonOf(error), `steelthread sources check ${name} looks again.`))
    }
  }
  return findings
}

async function alerts({ alerts }: Config): Promise<Finding> {
  if (!alerts) return finding('alerts', true, 'nobody is told, as ALERT_WEBHOOK_URL is not set')
  try {
    // Any answer will do: what it would take is a message, and that is for later.
    await fetch(alerts.url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(ANSWER_MS) })
    return finding('alerts', true, 'the webhook answers')
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } }
    return finding(
      'alerts',
      false,
      `the webhook can't be reached: ${cause?.code ?? reasonOf(error)}`,
      'Check ALERT_WEBHOOK_URL.',
    )
  }
}

async function broker({ broker: settings }: Config): Promise<Finding[]> {
  if (!settings) return []
  const { lookForBroker } = await import('../connect-broker.ts')
  const wrong = await lookForBroker(settings)
  const advice = 'Check BROKER_URL, and start nats-server with -js: docs/scaling.md.'
  return [finding('broker', wrong === undefined, wrong ?? 'it is there, and keeps events', advice)]
}

function finding(what: string, isWell: boolean, detail: string, advice?: string): Finding {
  return { what, isWell, detail, ...(!isWell && advice && { advice }) }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? hintFor(error) : String(error)
}
