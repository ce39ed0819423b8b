import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { statusOf } from './http.mjs'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const RIVALS = fileURLToPath(new URL('../rivals/', import.meta.url))

/**
 * A server in a process of its own.
 * @typedef {object} Server
 * @property {string} url where it answers pages: the GraphQL endpoint, or the route
 * @property {number} readyMs from start to ready
 * @property {() => number} rss in MB, now
 * @property {() => number} peakRss in MB, since its start
 * @property {() => Promise<void>} stop
 */

/**
 * The service as users run it, by this Node or another.
 * @param {string} databaseUrl
 * @param {{ command?: string, env?: Record<string, string>, nodeArgs?: string[] }} [options]
 * @returns {Promise<Server>}
 */
export async function startService(databaseUrl, { command = process.execPath, env = {}, nodeArgs = [] } = {}) {
  const profile = process.env.BENCH_CPU_PROF ? ['--cpu-prof', `--cpu-prof-dir=${process.env.BENCH_CPU_PROF}`] : []
  return start({
    command,
    args: [...profile, ...nodeArgs, 'dist/src/main.js'],
    env: { DATABASE_URL: databaseUrl, NODE_ENV: 'production', LOG_LEVEL: 'warn', ...env },
    path: '/graphql',
    ready: '/readyz',
  })
}

/**
 * A process that runs stages for others.
 * @param {string} databaseUrl
 * @param {{ env: Record<string, string> }} options
 * @returns {Promise<Pick<Server, 'stop'>>}
 */
export async function startWorker(databaseUrl, { env }) {
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, ['dist/src/main.js', 'work'], {
    cwd: ROOT,
    env: { PATH, HOME, DATABASE_URL: databaseUrl, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = new Promise((resolve) => child.on('exit', resolve))
  await new Promise((resolve, reject) => {
    child.stdout.on('data', (text) => {
      if (String(text).includes('it runs stages')) resolve(undefined)
    })
    exited.then((code) => reject(new Error(`A worker ended with ${code} before it was ready.`)))
  })
  return {
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}

/**
 * A rival out of `bench/rivals/`, in production mode.
 * @param {string} file
 * @param {string} databaseUrl
 * @param {{ command?: string, path: string, env?: Record<string, string> }} options
 * @returns {Promise<Server>}
 */
export async function startRival(file, databaseUrl, { command = process.execPath, path, env = {} }) {
  return start({
    command,
    args: [`${RIVALS}${file}`],
    env: { DATABASE_URL: databaseUrl, NODE_ENV: 'production', GRAPHILE_ENV: 'production', ...env },
    path,
    ready: '/readyz',
  })
}

async function start({ command, args, env, path, ready }) {
  const port = await freePort()
  const { PATH, HOME } = process.env
  const began = performance.now()
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { PATH, HOME, PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      said = (said + text).slice(-4000)
    })
  }
  const exited = new Promise((resolve) => child.on('exit', resolve))
  child.on('error', (error) => {
    said += error.message
  })
  const base = `http://127.0.0.1:${port}`
  while ((await statusOf(base + ready)) !== 200) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
      throw new Error(`${args.at(-1)} ended before it was ready: ${said}`)
    }
    if (performance.now() - began > 600_000) {
      child.kill('SIGKILL')
      throw new Error(`${args.at(-1)} was not ready within 10 minutes: ${said}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return {
    url: base + path,
    readyMs: performance.now() - began,
    rss: () => statusMb(child.pid, 'VmRSS'),
    peakRss: () => statusMb(child.pid, 'VmHWM'),
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}

function statusMb(pid, name) {
  const line = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1]) / 1024
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
