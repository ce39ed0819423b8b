/** Where facts are kept by the broker until all who subscribed have them. */
import {
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream'
import { nanos } from '@nats-io/transport-node'

/** What the stream may take. */
export interface StreamLimits {
  keepDays: number
  mostBytes: number
  replicas: number
}

/** What comes again within so long by the same id is known. */
const KNOWN_MS = 120_000

/** A subject must not come to be the name of something else. */
export function nameOf(prefix: string): string {
  return `${prefix.replaceAll('.', '_')}_events`
}

/** The subjects of facts: of one type, or of all. */
export function subjectOf(prefix: string, type = '>'): string {
  return `${prefix}.events.${type}`
}

type Limited = 'subjects' | 'retention' | 'discard' | 'max_age' | 'max_bytes' | 'num_replicas'

/** Makes the stream where there is none. Returns whether it did, and what of one that is there is otherwise than it would be made. */
export async function keepStream(
  manager: JetStreamManager,
  prefix: string,
  { keepDays, mostBytes, replicas }: StreamLimits,
): Promise<{ isNew: boolean; differences: string[] }> {
  const asked: Pick<StreamConfig, Limited> = {
    subjects: [subjectOf(prefix)],
    retention: 'limits',
    discard: 'new',
    max_age: nanos(keepDays * 86_400_000),
    max_bytes: mostBytes,
    num_replicas: replicas,
  }
  const found = await infoOf(manager, nameOf(prefix))
  if (!found) {
    await manager.streams.add({ ...asked, name: nameOf(prefix), storage: 'file', duplicate_window: nanos(KNOWN_MS) })
    return { isNew: true, differences: [] }
  }
  const said = (value: unknown) => JSON.stringify(value)
  const differences = (Object.keys(asked) as Limited[])
    .filter((name) => said(found.config[name]) !== said(asked[name]))
    .map((name) => `${name} is ${said(found.config[name])}, not ${said(asked[name])}`)
  return { isNew: false, differences }
}

async function infoOf(manager: JetStreamManager, name: string): Promise<StreamInfo | null> {
  try {
    return await manager.streams.info(name)
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return null
    throw error
  }
}
