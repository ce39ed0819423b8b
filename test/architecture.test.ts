import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from '@swc/core'

const ROOT = fileURLToPath(new URL('../', import.meta.url))

/** The rooms that each room may use, itself and the model aside. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  model: [],
  config: [],
  dispatch: ['cache'],
  periods: [],
  cache: ['periods'],
  stages: ['periods'],
  embedded: [],
  'demo-source': [],
  web: [],
  source: ['cache', 'dispatch'],
  alerts: ['cache', 'source'],
  live: ['dispatch'],
  auth: ['cache'],
  sight: ['cache'],
  'command-line': ['auth', 'cache', 'config', 'embedded', 'source', 'top'],
  freshness: ['cache', 'dispatch', 'periods', 'stages'],
  api: ['auth', 'cache', 'dispatch', 'freshness', 'live', 'periods', 'source', 'stages'],
}
/** Rooms that stand alone: not even the model is theirs. */
const ALONE = ['model', 'embedded', 'demo-source', 'web']

/** The composition root: files at the top of `src/`, which may use every room. */
const TOP_FILES = [
  'compose.ts',
  'connect-broker.ts',
  'data-source.ts',
  'demo.ts',
  'exit-with.ts',
  'give-back-memory.ts',
  'log.ts',
  'main.ts',
  'make-demo-teams.ts',
  'prune-schedule.ts',
  'pull-schedule.ts',
  'serve.ts',
  'start-service.ts',
  'typeorm.ts',
  'until-stopped.ts',
  'work.ts',
]

interface Import {
  /** The importing file, from the project's root. */
  file: string
  /** As it is written. */
  specifier: string
  /** The imported file, from the project's root; undefined for a package. */
  target: string | undefined
}

const sources = new Map<string, string>()
let imports: Import[]

beforeAll(async () => {
  const inside = await readdir(join(ROOT, 'src'), { recursive: true })
  const files = ['ormconfig.ts', ...inside.filter((name) => name.endsWith('.ts')).map((name) => join('src', name))]
  for (const file of files) sources.set(file, await readFile(join(ROOT, file), 'utf8'))
  imports = [...sources].flatMap(([file, source]) => importsOf(file, source))
})

test('there is something to walk', () => {
  expect(imports.filter(({ target }) => target).length).toBeGreaterThan(100)
})

test('every import of ours is of a file that is there', () => {
  expect(imports.filter(({ target }) => target !== undefined && !sources.has(target)).map(say)).toEqual([])
})

test('rooms use only the rooms that they may use', () => {
  expect(imports.filter((found) => !isAllowed(found)).map(say)).toEqual([])
})

test('every file at the top of src is known here', () => {
  const top = [...sources.keys()].filter((file) => dirname(file) === 'src').map((file) => relative('src', file))
  expect(top.filter((file) => !TOP_FILES.includes(file))).toEqual([])
})

test('no files import each other in a cycle', () => {
  expect(cycles()).toEqual([])
})

test('only config/env.ts reads the environment', () => {
  const readers = [...sources].filter(([, source]) => readsEnvironment(source)).map(([file]) => file)
  expect(readers).toEqual(['src/config/env.ts'])
})

test('only the API, the entities and the outputs of stages import type-graphql', () => {
  const allowed = ['src/api/', 'src/cache/entities/', 'src/periods/', 'src/stages/']
  expect(strangers('type-graphql', allowed)).toEqual([])
  expect(strangers('graphql-scalars', allowed)).toEqual([])
})

test('only the API imports GraphQL and its server', () => {
  for (const name of ['graphql', '@apollo/', '@as-integrations/', 'dataloader']) {
    expect(strangers(name, ['src/api/'])).toEqual([])
  }
})

test('stages reach for nothing but tables, types and the model', () => {
  const packages = ['arquero', 'type-graphql', 'typeorm', 'graphql-scalars', 'class-validator']
  const builtIn = imports.filter(({ file, specifier, target }) => {
    const isHash = file === 'src/stages/stage-logic.ts' && specifier === 'node:crypto'
    return file.startsWith('src/stages/') && target === undefined && !packages.includes(specifier) && !isHash
  })
  expect(builtIn.map(say)).toEqual([])
})

describe('the walk', () => {
  test.each([
    [`import { a } from '../b/c.ts'`],
    [`import type { A } from '../b/c.ts'`],
    [`import { type A } from '../b/c.ts'`],
    [`import '../b/c.ts'`],
    [`export { a } from '../b/c.ts'`],
    [`export type { A } from '../b/c.ts'`],
    [`export * from '../b/c.ts'`],
    [`export const a = () => import('../b/c.ts')`],
    [`export type A = import('../b/c.ts').A`],
  ])('sees %s', (source) => {
    expect(importsOf('src/a/x.ts', source)).toEqual([
      { file: 'src/a/x.ts', specifier: '../b/c.ts', target: 'src/b/c.ts' },
    ])
  })

  test('sees the environment being read, and not a comment on it', () => {
    expect(readsEnvironment('const home = process.env.HOME')).toBe(true)
    expect(readsEnvironment(`const home = process['env'].HOME`)).toBe(true)
    expect(readsEnvironment('const { env } = process')).toBe(true)
    expect(readsEnvironment(`import { env } from 'node:process'`)).toBe(true)
    expect(readsEnvironment('/** The only reader of process.env. */ process.exit(1)')).toBe(false)
  })
})

function isAllowed({ file, target }: Import): boolean {
  if (target === undefined) return true
  const [from, to] = [roomOf(file), roomOf(target)]
  if (from === 'top' || from === to) return true
  if (to === 'model') return !ALONE.includes(from)
  return ARROWS[from]?.includes(to) ?? false
}

/** The folder in `src/`; `top` for the composition root and what it is configured by. */
function roomOf(file: string): string {
  const [, room = '', ...rest] = file.split('/')
  return rest.length > 0 ? room : 'top'
}

/** The imports of a package by files outside the folders that may have it. */
function strangers(name: string, allowed: readonly string[]): string[] {
  return imports
    .filter(({ specifier }) => specifier === name || specifier.startsWith(name.endsWith('/') ? name : `${name}/`))
    .filter(({ file }) => !allowed.some((folder) => file.startsWith(folder)))
    .map(say)
}

function say({ file, specifier }: Import): string {
  return `${file} imports "${specifier}"`
}

/** Every cycle that a walk along the imports runs into, as the files on it. */
function cycles(): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const walk = (file: string, path: readonly string[]) => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(' imports '))
    if (path.includes(file) || done.has(file)) return
    for (const { target } of imports.filter((edge) => edge.file === file)) {
      if (target !== undefined) walk(target, [...path, file])
    }
    done.add(file)
  }
  for (const file of sources.keys()) walk(file, [])
  return found
}

function importsOf(file: string, source: string): Import[] {
  return nodesOf(source).flatMap((node) => {
    const specifier = specifierOf(node)
    if (specifier === undefined) return []
    return [{ file, specifier, target: specifier.startsWith('.') ? join(dirname(file), specifier) : undefined }]
  })
}

type Node = { type: string } & Record<string, unknown>

function specifierOf(node: Node): string | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return textOf(node.source)
    case 'TsImportType':
      return textOf(node.argument)
    case 'CallExpression': {
      const [first] = node.arguments as { expression: unknown }[]
      return isNode(node.callee) && node.callee.type === 'Import' ? textOf(first?.expression) : undefined
    }
    default:
      return undefined
  }
}

function readsEnvironment(source: string): boolean {
  return nodesOf(source).some((node) => {
    switch (node.type) {
      case 'MemberExpression':
        return isProcess(node.object) && nameOf(node.property) === 'env'
      case 'VariableDeclarator':
        return isProcess(node.init) && isNode(node.id) && node.id.type === 'ObjectPattern'
      case 'ImportDeclaration':
        return /^(node:)?process$/.test(textOf(node.source) ?? '')
      default:
        return false
    }
  })
}

function isProcess(node: unknown): boolean {
  return isNode(node) && node.type === 'Identifier' && node.value === 'process'
}

function nameOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined
  return node.type === 'Computed' ? textOf(node.expression) : textOf(node)
}

function textOf(node: unknown): string | undefined {
  return isNode(node) && typeof node.value === 'string' ? node.value : undefined
}

/** Every node of the file's syntax tree. */
function nodesOf(source: string): Node[] {
  const nodes: Node[] = []
  const walk = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return
    if (isNode(value)) nodes.push(value)
    for (const part of Object.values(value)) walk(part)
  }
  walk(parseSync(source, { syntax: 'typescript', decorators: true }))
  return nodes
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}
