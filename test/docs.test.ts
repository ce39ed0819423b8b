import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const files = readdirSync(join(ROOT, 'src'), { recursive: true }).map((name) => `src/${name}`)

test('every file that the architecture names is there', () => {
  const named = [...readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8').matchAll(/`([\w./-]+\.(?:ts|graphql))`/g)]
  const names = named.map(([, name = '']) => name)
  expect(names.length).toBeGreaterThan(20)
  expect(
    names.filter((name) => !existsSync(join(ROOT, name)) && !files.some((file) => file.endsWith(`/${name}`))),
  ).toEqual([])
})
