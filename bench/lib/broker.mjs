import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './process.mjs'

/**
 * A nats-server of a case's own.
 * @returns {Promise<{ url: string, stop(): Promise<void> }>}
 * @throws where there is none
 */
export async function startBroker() {
  const [port, folder] = [await freePort(), await mkdtemp(join(tmpdir(), 'steelthread-bench-nats-'))]
  const server = spawn('nats-server', ['-js', '-a', '127.0.0.1', '-p', String(port), '-sd', folder], {
    stdio: 'ignore',
  })
  let failure
  server.on('error', (error) => {
    failure = error
  })
  const exited = new Promise((resolve) => server.on('exit', resolve))
  while (!(await answers(port))) {
    if (failure) throw new Error(`nats-server can't be started: ${failure.message}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return {
    url: `nats://127.0.0.1:${port}`,
    async stop() {
      server.kill()
      await exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => socket.destroy(resolve(true)))
    socket.on('error', () => resolve(false))
  })
}
