import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DEFAULT_GRACE_SECONDS } from '../../src/model/limits.ts'
import { scratchFolder } from '../embedded/scratch.ts'

const ROOT = join(import.meta.dirname, '../..')
const unit = readFileSync(join(ROOT, 'deploy/steelthread.service'), 'utf8')
const { pkg, bin } = { pkg: '/opt/steelthread/node_modules/steelthread', bin: 'bin/steelthread.js' }

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0
const testWithSystemd = hasSystemd ? test : test.skip
if (!hasSystemd) process.stdout.write('There is no systemd-analyze here: the unit is not verified.\n')

function settings(name: string): string[] {
  return [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value)
}

test('it starts the package that is installed, by node itself', () => {
  expect(settings('ExecStart')).toEqual([`/usr/bin/node ${pkg}/${bin} serve`])
  expect(settings('Documentation')).toEqual([`file:${pkg}/docs/operating.md`])
})

test('stopping is given more time than it can take', () => {
  const [seconds] = settings('TimeoutStopSec').map(Number)
  expect(seconds).toBeGreaterThan(DEFAULT_GRACE_SECONDS + 8)
})

testWithSystemd('systemd understands all of it, and finds it well shut in', () => {
  const file = join(scratchFolder(), 'steelthread.service')
  writeFileSync(file, unit.replace('/usr/bin/node', process.execPath))
  const verify = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' })
  expect({ ...verify, said: verify.stdout + verify.stderr }).toMatchObject({ status: 0, said: '' })
  const security = spawnSync('systemd-analyze', ['security', '--offline=true', '--no-pager', file], {
    encoding: 'utf8',
  })
  const level = /Overall exposure level for \S+: (\d+\.\d)/.exec(security.stdout)?.[1]
  expect(Number(level)).toBeLessThanOrEqual(1.5)
})
