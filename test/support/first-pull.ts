import type { Client } from './random-writes.ts'

/** Resolves once a service that was just started has pulled all its sources. */
export async function firstPull(service: Client): Promise<void> {
  for (const deadline = performance.now() + 60_000; performance.now() < deadline; ) {
    const { sources } = await service.get('{ sources { lastSuccess } }')
    if (sources.every(({ lastSuccess }: { lastSuccess: string | null }) => lastSuccess)) return
  }
  throw new Error('The sources were not pulled within a minute.')
}
