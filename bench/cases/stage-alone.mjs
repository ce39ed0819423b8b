import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { median } from '../lib/measure.mjs'

const STAGE_PROCESS = fileURLToPath(new URL('../rivals/stage-process.mjs', import.meta.url))

/** @type {import('../lib/case.mjs').Case} */
export const stageAlone = {
  name: 'stage-alone',
  what: 'the nva_summary stage alone, tables already built',
  async measure({ size, runs }) {
    const row = { against: 'the same in nodejs-polars', bar: { atMost: 1.5 }, unit: 'ms' }
    try {
      await import('nodejs-polars')
    } catch (error) {
      return [{ ...row, absent: `nodejs-polars can't be loaded: ${error.message.split('\n')[0]}` }]
    }
    // A process of its own: neither the harness's memory nor what it compiled has a part in it.
    const args = ['--max-old-space-size=8192', STAGE_PROCESS, String(size), String(runs)]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    const { ours, rival } = JSON.parse(stdout)
    return [
      { ...row, ours: median(ours), rival: median(rival), ratio: median(ours) / median(rival), extra: { ours, rival } },
    ]
  },
}
