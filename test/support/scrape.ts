import type { TestService } from './service.ts'

/** What a scrape gave. */
export interface Scraped {
  /** The values of a metric, each by its labels: `a=1 b=2`. */
  of(name: string): Record<string, number>
  /** The same for a counter, but for those that are 0. */
  counted(name: string): Record<string, number>
  /** The metrics that there are, without what histograms put behind their names. */
  names: string[]
}

export async function scrape(service: Pick<TestService, 'server'>): Promise<Scraped> {
  const { payload, statusCode } = await service.server.inject('/metrics')
  if (statusCode !== 200) throw new Error(`The scrape answered ${statusCode}.`)
  return metricsIn(payload)
}

export function metricsIn(text: string): Scraped {
  const lines = text.split('\n')
  const of = (name: string) => {
    const values = lines.flatMap((line) => {
      const [, found, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
      if (found !== name) return []
      const words = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, word]) => `${label}=${word}`)
      return [[words.join(' '), value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value)] as const]
    })
    return Object.fromEntries(values)
  }
  return {
    names: lines.flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? []),
    of,
    counted: (name) => Object.fromEntries(Object.entries(of(name)).filter(([, value]) => value !== 0)),
  }
}
