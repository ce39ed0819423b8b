import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { withClient } from './postgres.mjs'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const RESULTS = fileURLToPath(new URL('../results.json', import.meta.url))
const PAGE = fileURLToPath(new URL('../../docs/performance.md', import.meta.url))
const START = '<!-- results -->'
const END = '<!-- /results -->'
const RIVALS = [
  '@apollo/server',
  'autocannon',
  'fastify',
  'mercurius',
  'nodejs-polars',
  'pg',
  'postgraphile',
  'type-graphql',
  'typeorm',
]

/**
 * Where and with what is measured.
 * @param {import('./postgres.mjs').Postgres} postgres
 */
export async function setting(postgres) {
  const [{ version }] = await withClient(
    postgres.url('postgres'),
    async (client) => (await client.query('SELECT version()')).rows,
  )
  const [cpu] = cpus()
  const git = (...args) =>
    execFileSync('git', ['--no-optional-locks', ...args], { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' }).trim()
  const commit = () => {
    const changed = git('status', '--porcelain', '--', 'src', 'migrations', 'package-lock.json') !== ''
    return git('rev-parse', 'HEAD') + (changed ? '-dirty' : '')
  }
  return {
    machine: {
      cpu: cpu?.model ?? 'unknown',
      cores: cpus().length,
      memoryGb: Math.round(totalmem() / 2 ** 30),
      platform: `${process.platform}-${process.arch}`,
    },
    versions: {
      node: process.version,
      postgres: version.split(' ').slice(0, 2).join(' '),
      ...Object.fromEntries(RIVALS.map((name) => [name, versionOf(name)])),
    },
    commit: attempt(commit) ?? 'unknown',
    date: new Date().toISOString(),
  }
}

function attempt(work) {
  try {
    return work()
  } catch {
    return undefined
  }
}

function versionOf(name) {
  try {
    let folder = new URL('.', `file://${createRequire(import.meta.url).resolve(name)}`)
    for (; ; folder = new URL('..', folder)) {
      try {
        const { name: found, version } = createRequire(import.meta.url)(fileURLToPath(new URL('package.json', folder)))
        if (found === name) return version
      } catch {
        if (folder.pathname === '/') return 'unknown'
      }
    }
  } catch {
    return 'not installed'
  }
}

/** What results.json holds, which is committed. */
export async function readResults() {
  return JSON.parse(await readFile(RESULTS, 'utf8'))
}

/**
 * Writes results.json: those of this run, and of earlier ones on the same machine the cases and sizes that this run
 * left out. Each says of which commit it is.
 */
export async function writeResults(where, results, cases) {
  const earlier = await readResults().catch(() => undefined)
  const sameMachine = earlier && JSON.stringify(earlier.machine) === JSON.stringify(where.machine)
  const kept = sameMachine
    ? earlier.results.filter((old) => !results.some(({ name, size }) => name === old.name && size === old.size))
    : []
  const order = cases.map(({ name }) => name)
  const all = {
    ...where,
    results: [...kept, ...results.map((result) => ({ ...result, commit: where.commit, date: where.date }))].sort(
      (a, b) => order.indexOf(a.name) - order.indexOf(b.name) || a.size - b.size,
    ),
  }
  await writeFile(RESULTS, `${JSON.stringify(all, rounded, 2)}\n`)
  return all
}

function rounded(_, value) {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value
}

/** Draws the table in docs/performance.md. */
export async function drawResults({ machine, versions, results }) {
  const page = await readFile(PAGE, 'utf8')
  const [before, rest] = page.split(START)
  const after = rest?.split(END)[1]
  if (after === undefined) throw new Error(`docs/performance.md lacks ${START} … ${END}.`)
  const rows = results.map((result) => `| ${cellsOf(result).join(' | ')} |`)
  const commits = [
    ...new Set(results.map(({ commit }) => commit.slice(0, 9) + (commit.endsWith('-dirty') ? ' and changes' : ''))),
  ]
  const runs = Math.min(...results.map((result) => result.runs))
  const rivals = RIVALS.map((name) => `${name} ${versions[name]}`).join(', ')
  const table = [
    START,
    `Medians of at least ${runs}; ${machine.cores} cores of ${machine.cpu}, ${machine.memoryGb} GB; ${nodesOf(versions, results)}, ` +
      `${versions.postgres}; ${rivals}; commit ${commits.join(', ')}.`,
    '',
    '| what | activities | against | ours | theirs | ratio | to reach | |',
    '| --- | --: | --- | --: | --: | --: | --: | --- |',
    ...rows,
    END,
  ]
  await writeFile(PAGE, before + table.join('\n') + after)
}

/** The Node of the bench, and which cases ran on another. */
function nodesOf({ node }, results) {
  const others = new Map()
  for (const result of results) {
    if (result.node && result.node !== node) others.set(result.node, [...(others.get(result.node) ?? []), result.name])
  }
  const said = [...others].map(([version, names]) => ` (${[...new Set(names)].join(', ')}: ${version.slice(1)})`)
  return `Node ${node.slice(1)}${said.join('')}`
}

/** A result as a line of the terminal. */
export function lineOf(result) {
  const [what, , against, ours, theirs, ratio, bar, verdict] = cellsOf(result)
  const compared = result.absent ? '' : theirs ? `${ours} : ${theirs} = ${ratio}` : ours
  const node = result.node && `Node ${result.node.slice(1)}`
  return `${what} | ${against} | ${[compared, bar && `to reach ${bar}`, verdict, node].filter(Boolean).join(', ')}`
}

function cellsOf({ what, size, against, ours, rival, ratio, bar, unit, absent, note, reached }) {
  const suffix = ratio === undefined ? ` ${unit}` : ''
  const toReach = [
    ...(bar.atLeast === undefined ? [] : [`≥ ${bar.atLeast}${suffix}`]),
    ...(bar.atMost === undefined ? [] : [`≤ ${bar.atMost}${suffix}`]),
  ].join(', ')
  const verdict = absent ? `not measured: ${absent}` : [reached ? 'yes' : '**no**', note].filter(Boolean).join('; ')
  return [
    what,
    size.toLocaleString('en'),
    against,
    figure(ours, unit),
    figure(rival, unit),
    ratio === undefined ? '' : ratio.toFixed(2),
    toReach,
    verdict.replaceAll('\n', ' ').replaceAll('|', '/'),
  ]
}

function figure(value, unit) {
  if (value === undefined) return ''
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return `${Number(value.toFixed(digits)).toLocaleString('en')} ${unit}`
}
