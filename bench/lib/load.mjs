import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const LOADER = fileURLToPath(new URL('load-process.mjs', import.meta.url))

/**
 * Lets autocannon, in a process of its own, send these bodies over and over, each connection its share of them.
 * @param {{ url: string, bodies: readonly string[], connections: number, seconds: number }} load
 * @returns {Promise<{ rate: number, p50: number, p99: number, bytes: number }>} requests a second, latencies in ms, bytes an answer
 */
export function loadOf(load) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [LOADER], { stdio: ['pipe', 'pipe', 'inherit'] })
    let out = ''
    child.stdout.on('data', (text) => {
      out += text
    })
    child.on('error', reject)
    child.on('exit', (code) => {
      if (code !== 0) return reject(new Error(`the load process ended with ${code}`))
      const result = JSON.parse(out)
      if (result.failed > 0) {
        const statuses = `statuses were ${result.statuses.join(', ') || 'none'}`
        return reject(new Error(`${result.failed} requests to ${load.url} failed; ${statuses}`))
      }
      resolve(result)
    })
    child.stdin.end(JSON.stringify(load))
  })
}
