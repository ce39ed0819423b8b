import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { transformSync } from '@swc/core'
import { afterwards } from './scratch.ts'

export const PROJECT = join(import.meta.dirname, '../..')

/** What a service says: that it is ready, how it failed, or how its last query went. */
export interface Word {
  ready?: { url: string; pid: number; data: string }
  code?: string
  message?: string
  lastQuery?: string
}

export interface Service {
  process: ChildProcess
  /** the next thing that it says; undefined once it has ended */
  says(): Promise<Word | undefined>
  ended: Promise<unknown>
}

const SCRIPT = `
import pg from 'pg'
import { startEmbeddedPostgres } from './embedded/embedded-postgres.js'
const say = (word) => console.log(JSON.stringify(word))
let started
const log = { info: (o) => { started = o }, warn() {} }
try {
  const server = await startEmbeddedPostgres({ home: process.argv[2], log, settings: { fsync: 'off' } })
  const client = new pg.Client({ connectionString: server.url('postgres') })
  client.on('error', () => {})
  await client.connect()
  process.on('SIGINT', async () => {
    say({ lastQuery: await client.query('select').then(() => 'fine', String) })
    await server.stop()
  })
  say({ ready: { url: server.url('postgres'), pid: started.pid, data: started.data } })
} catch ({ code, message }) {
  say({ code, message })
}
`

/** Writes the embedded Postgres as JavaScript, with a service that runs it, into a folder. */
export function compileTo(folder: string, modules = join(PROJECT, 'node_modules')): string {
  const source = join(PROJECT, 'src/embedded')
  mkdirSync(join(folder, 'embedded'), { recursive: true })
  for (const name of readdirSync(source)) {
    const { code } = transformSync(readFileSync(join(source, name), 'utf8'), {
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      module: { type: 'es6' },
    })
    writeFileSync(join(folder, 'embedded', name.replace(/ts$/, 'js')), code.replace(/\.ts(['"])/g, '.js$1'))
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'service.js'), SCRIPT)
  if (modules !== join(folder, 'node_modules')) symlinkSync(modules, join(folder, 'node_modules'))
  return folder
}

/** Runs the compiled service as a process of its own, in a process group of its own as from a terminal. */
export function runService(compiled: string, home: string, user: { uid?: number; gid?: number } = {}): Service {
  const child = spawn(process.execPath, [join(compiled, 'service.js'), home], {
    ...user,
    cwd: compiled,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  const ended = once(child, 'exit')
  afterwards(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await ended
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const says = async () => {
    const { done, value } = await lines.next()
    return done ? undefined : JSON.parse(value)
  }
  return { process: child, says, ended }
}
