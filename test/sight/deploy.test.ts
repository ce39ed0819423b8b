import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { type Scraped, scrape } from '../support/scrape.ts'
import { testService } from '../support/service.ts'

const ROOT = join(import.meta.dirname, '../..')
const DOCS = readFileSync(join(ROOT, 'docs/metrics.md'), 'utf8')

interface Panel {
  id: number
  title: string
  gridPos: { x: number; y: number; w: number; h: number }
  targets?: { expr: string }[]
}

const dashboard: { panels: Panel[] } = JSON.parse(readFileSync(join(ROOT, 'deploy/grafana-dashboard.json'), 'utf8'))
const { groups }: { groups: { rules: { alert: string; expr: string }[] }[] } = parse(
  readFileSync(join(ROOT, 'deploy/alert-rules.yaml'), 'utf8'),
)
const rules = groups.flatMap((group) => group.rules)
const shown = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))

let scraped: Scraped

beforeAll(async () => {
  const service = await testService()
  scraped = await scrape(service)
  await service.stop()
})

/** The metrics that an expression names. */
function metricsOf(expr: string): string[] {
  const names = expr.match(/\b(steelthread|nodejs|process)_\w+/g) ?? []
  return names.map((name) => (scraped.names.includes(name) ? name : name.replace(/_(bucket|sum|count)$/, '')))
}

function own(names: readonly string[]): string[] {
  return [...new Set(names.filter((name) => name.startsWith('steelthread_')))].sort()
}

test('the dashboard and the rules name nothing that is not measured', () => {
  expect(rules.length).toBeGreaterThan(10)
  expect(shown.length).toBeGreaterThan(30)
  const named = [...shown, ...rules.map(({ expr }) => expr)].flatMap(metricsOf)
  expect(named.filter((name) => !scraped.names.includes(name))).toEqual([])
})

test('the dashboard shows all that the service itself measures', () => {
  expect(own(shown.flatMap(metricsOf))).toEqual(own(scraped.names))
})

test('every metric and every alert is documented, and nothing else', () => {
  const inTables = [...DOCS.matchAll(/^\| `(steelthread_\w+)` \|/gm)].map(([, name = '']) => name)
  expect(inTables.sort()).toEqual(own(scraped.names))
  const alerts = [...DOCS.matchAll(/^\| `(Steelthread\w+)` \|/gm)].map(([, name = '']) => name)
  expect(alerts).toEqual(rules.map(({ alert }) => alert))
})

test('labels that expressions name are those that their metrics have', () => {
  const labels = new Map(
    [...DOCS.matchAll(/^\| `(steelthread_\w+)` \| ([^|]*) \|/gm)].map(([, name = '', words = '']) => {
      return [name, (words.match(/\w+/g) ?? []) as string[]]
    }),
  )
  // Prometheus' own, and that of buckets.
  const common = ['instance', 'job', 'le']
  const faults = [...shown, ...rules.map(({ expr }) => expr)].flatMap((expr) => {
    const [metric] = own(metricsOf(expr))
    const known = [...common, ...(labels.get(metric ?? '') ?? [])]
    const named = [
      ...[...expr.matchAll(/\{([^}]*)\}/g)].flatMap(([, inside = '']) => inside.match(/\w+(?=[=!]~?")/g) ?? []),
      ...[...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, inside = '']) => inside.match(/\w+/g) ?? []),
    ]
    return metric ? named.filter((label) => !known.includes(label)).map((label) => `${label} in ${expr}`) : []
  })
  expect(faults).toEqual([])
})

test('panels have ids of their own and lie beside each other', () => {
  const { panels } = dashboard
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  const overlapping = panels.flatMap(({ title, gridPos: a }, i) =>
    panels
      .slice(i + 1)
      .filter(({ gridPos: b }) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h)
      .map((other) => `${title} lies over ${other.title}`),
  )
  expect(overlapping).toEqual([])
})
