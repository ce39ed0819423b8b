import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { rulesOfRoots } from '../../../src/api/access/access-check.ts'
import { whoMay } from '../../../src/api/access/rules.ts'
import { apiSchema } from '../../../src/api/schema.ts'
import { settings } from '../../../src/config/config.ts'
import { ROLES } from '../../../src/model/caller.ts'

const ROOT = join(import.meta.dirname, '../../..')
const text = readFileSync(join(ROOT, 'docs/security.md'), 'utf8')
const KINDS = ['Query', 'Mutation', 'Subscription'] as const

await apiSchema()

/** The table as the rules in the code make it. */
function expected(): string[] {
  const byWho = new Map<string, string[]>()
  for (const [field, rules] of rulesOfRoots()) byWho.set(whoMay(rules), [...(byWho.get(whoMay(rules)) ?? []), field])
  return [...byWho].map(([who, fields]) => {
    const cells = KINDS.map((kind) =>
      fields
        .filter((field) => field.startsWith(`${kind}.`))
        .map((field) => `\`${field.slice(kind.length + 1)}\``)
        .sort()
        .join(' '),
    )
    return `| ${who} | ${cells.map((cell) => cell || '–').join(' | ')} |`
  })
}

function tableAfter(head: string): string[] {
  const lines = text.split('\n')
  const start = lines.indexOf(head) + 2
  return lines.slice(start, lines.indexOf('', start))
}

test('who may ask for what is told as the rules say', () => {
  expect(tableAfter('| who | queries | mutations | subscriptions |').sort()).toEqual(expected().sort())
})

test('every role is told what it is for', () => {
  expect(tableAfter('| role | for |').map((line) => line.split(' ')[1])).toEqual(ROLES)
})

test('every setting is told of, with its default', () => {
  const told = settings.filter((name) => /^(AUTH|PUBLIC)_/.test(name))
  expect(told.length).toBeGreaterThan(8)
  expect(
    tableAfter('| variable | default | |')
      .map((line) => /`(\w+)`/.exec(line)?.[1])
      .sort(),
  ).toEqual(told.sort())
})
