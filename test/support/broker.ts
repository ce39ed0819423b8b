import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import getPort from 'get-port'

const SERVER = ['/usr/sbin/nats-server', '/usr/bin/nats-server', '/usr/local/bin/nats-server'].find(existsSync)

/** `describe` where there is a nats-server; elsewhere it says that its tests are skipped, and why. */
export const describeWithBroker: jest.Describe = SERVER ? describe : describe.skip
if (!SERVER) process.stdout.write('There is no nats-server here: tests of the broker are skipped.\n')

/** A nats-server with JetStream, of a test's own. */
export interface TestBroker {
  url: string
  stop(signal?: NodeJS.Signals): Promise<void>
  /** Starts it again on the same port, with what it had kept. */
  start(): Promise<void>
  close(): Promise<void>
}

export async function testBroker(...more: string[]): Promise<TestBroker> {
  const [port, folder] = [await getPort(), await mkdtemp(join(tmpdir(), 'steelthread-nats-'))]
  let server: ChildProcess | undefined
  const start = async () => {
    server = spawn(SERVER ?? '', ['-js', '-a', '127.0.0.1', '-p', String(port), '-sd', folder, ...more], {
      stdio: 'ignore',
    })
    while (!(await answers(port))) {
      if (server.exitCode !== null) throw new Error(`nats-server ended with ${server.exitCode}.`)
      await delay(20)
    }
  }
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    const ended = new Promise((resolve) => server?.once('exit', resolve))
    server.kill(signal)
    await ended
  }
  await start()
  const close = async () => {
    await stop('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  }
  return { url: `nats://127.0.0.1:${port}`, start, stop, close }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
