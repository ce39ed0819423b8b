import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '../../src/embedded/embedded-postgres.ts'
import { EmbeddedPostgresError } from '../../src/embedded/embedded-postgres-error.ts'

const undo: (() => unknown)[] = []

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** Done after the test, the latest first. */
export function afterwards(step: () => unknown): void {
  undo.push(step)
}

afterAll(() => {
  if (shared) rmSync(shared, { recursive: true, force: true, maxRetries: 5 })
})

/** A folder for one test. Others may enter it, unless the mode says no. */
export function scratchFolder(mode = 0o755): string {
  const folder = newFolder(mode)
  afterwards(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

let shared: string | undefined

/** The home that the tests of a file share, in which a server has run: without the wait of a first start. */
export async function usedHome(): Promise<string> {
  if (shared) return join(shared, 'my home')
  shared = newFolder(0o755)
  const home = join(shared, 'my home')
  const server = await startEmbeddedPostgres({ home, settings: { fsync: 'off' } })
  await server.stop()
  return home
}

function newFolder(mode: number): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'steelthread-embedded-')))
  chmodSync(folder, mode)
  return folder
}

/** Starts a server that the test need not stop, on data that need not last. */
export async function start(home: string, options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ home, ...options, settings: { fsync: 'off', ...options.settings } })
  afterwards(() => server.stop())
  return server
}

/** The rows that a statement gives in one of a server's databases. */
export async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

/** The error that a start fails with. */
export async function refusal(starting: Promise<unknown>): Promise<EmbeddedPostgresError> {
  const outcome = await starting.catch((error: unknown) => error)
  if (outcome instanceof EmbeddedPostgresError) return outcome
  throw new Error('expected an EmbeddedPostgresError', { cause: outcome })
}

/** Resolves once the condition holds, which it must before long. */
export async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !condition(); await wait(5)) {
    if (Date.now() > end) throw new Error(`waited in vain until ${condition}`)
  }
}

export const isRoot = process.getuid?.() === 0

/** A test that can only run under a condition, and says so where it doesn't hold. */
export function testWhere(condition: boolean, reason: string, name: string, body: () => Promise<void>): void {
  if (condition) test(name, body)
  else test.skip(`${name} (skipped: ${reason})`, body)
}
