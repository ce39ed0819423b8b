/** `npm run faults`: tries faults one after the other, and says of each what was seen. Ends with 1 where one fails, 2 where it was not understood. */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { FAULTS } from './faults.mjs'

const USAGE = 'npm run faults -- [--list] [--soak] [name …]; FAULTS_SEED repeats what an earlier run drew'
const HIGHEST_SEED = 1_000_000

const { values, positionals } = understood()
if (values.list) {
  process.stdout.write(`${FAULTS.map(({ name }) => name).join('\n')}\n`)
  process.exit()
}
const unknown = positionals.find((name) => !FAULTS.some((fault) => fault.name === name))
if (unknown) refuse(`There is no fault "${unknown}"; --list names those that there are.`)

const seed = process.env.FAULTS_SEED ?? String(Math.floor(Math.random() * HIGHEST_SEED))
if (!/^\d{1,9}$/.test(seed)) refuse('FAULTS_SEED must be a whole number.')
process.stdout.write(`FAULTS_SEED=${seed}\n`)

const asked = FAULTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
const jest = createRequire(import.meta.url).resolve('jest/bin/jest')
const files = asked.flatMap((fault) => fault.files)
const config = fileURLToPath(new URL('jest.config.js', import.meta.url))
const { status } = spawnSync(
  process.execPath,
  [jest, '--config', config, '--runInBand', '--runTestsByPath', ...files],
  {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --no-warnings --expose-gc`,
      FAULTS_SEED: seed,
      FAULTS_SOAK: values.soak ? 'long' : 'short',
      FAULTS_ASKED: asked.map(({ name }) => name).join(','),
    },
  },
)
process.exit(status === 0 ? 0 : 1)

function understood() {
  try {
    return parseArgs({
      options: { list: { type: 'boolean' }, soak: { type: 'boolean' } },
      allowPositionals: true,
    })
  } catch (error) {
    refuse(error.message)
  }
}

function refuse(message) {
  process.stderr.write(`${message}\n${USAGE}\n`)
  process.exit(2)
}
