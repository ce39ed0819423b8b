import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
// @ts-expect-error: what starts them is plain JavaScript, and has no types.
import { FAULTS } from './faults.mjs'

const ROOT = join(import.meta.dirname, '../..')
const faults: { name: string; files: string[] }[] = FAULTS

test('every fault has a row in docs/faults.md, and its files are there', () => {
  const rows = [...readFileSync(join(ROOT, 'docs/faults.md'), 'utf8').matchAll(/^\| `([\w-]+)` \|/gm)]
  expect(rows.map(([, name]) => name).sort()).toEqual(faults.map(({ name }) => name).sort())
  expect(faults.flatMap(({ files }) => files).filter((file) => !existsSync(join(ROOT, file)))).toEqual([])
})

test('every file that tries a fault is tried', () => {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.fault.ts'))
  expect(files.map((name) => `test/faults/${name}`).sort()).toEqual(
    faults.flatMap(({ files: all }) => all.filter((file) => file.endsWith('.fault.ts'))).sort(),
  )
})
