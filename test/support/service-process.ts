import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Client } from './random-writes.ts'
import type { Answer } from './service.ts'

const MAIN = new URL('../../dist/src/main.js', import.meta.url).pathname

/** A service in a process of its own, as it is started for use, on a database that is there. */
export interface ServiceProcess extends Client {
  pid: number
  /** Ends it as a crash would. */
  kill(signal: NodeJS.Signals): boolean
  /** Where it listens; empty where it serves no API. */
  address: string
  /** The last lines that it printed. */
  said: readonly string[]
  /** Its exit code, once it has ended. */
  ended: Promise<number | null>
  stop(): Promise<void>
}

/** Starts the built service, or one that was built elsewhere, on a port that is free, and asks it over HTTP. */
export async function serviceProcess(
  databaseUrl: string,
  {
    main = MAIN,
    env: more = {},
    args = [],
  }: { main?: string; env?: Readonly<Record<string, string>>; args?: string[] } = {},
): Promise<ServiceProcess> {
  const own = { DATABASE_URL: databaseUrl, PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'info' }
  const env = { PATH: process.env.PATH, ...own, ...more }
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit').then(([code]): number | null => code)
  const said: string[] = []
  const lines = createInterface(child.stdout)
  const address = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      const ready = /is ready: (?:the page is at (http\S+?)\/ |it runs stages)/.exec(line)
      if (ready) resolve(ready[1] ?? '')
      said.push(line)
      said.splice(0, said.length - 20)
    })
    child.once('exit', () => reject(new Error(`The service ended before it was ready:\n${said.join('\n')}`)))
  })
  const ask = async (query: string, variables: object = {}): Promise<Answer> => {
    const response = await fetch(`${address}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    })
    const answer: Answer = JSON.parse(await response.text())
    return answer
  }
  return {
    pid: child.pid ?? 0,
    kill: (signal) => child.kill(signal),
    address,
    said,
    ended,
    ask,
    get: async (query, variables) => {
      const { data, errors } = await ask(query, variables)
      if (errors) throw new Error(errors.map((error) => error.message).join('; '))
      return data
    },
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}
