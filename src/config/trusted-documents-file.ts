/** Documents in a file, as builds of clients write them. */
import { z } from 'zod'

/** What was read of a file, with its name for who reads the problems. */
export interface NamedFile {
  name: string
  text: string
}

/** Texts by the names under which they are asked for, as codegen, Relay and most others write them. */
const byName = z.record(z.string().min(1), z.string().min(1))

/** As Apollo's tools write them. */
const manifest = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(z.object({ id: z.string().min(1), body: z.string().min(1) })),
})

/** The documents in a file by their names. What is wrong is added to the problems. */
export function documentsIn({ name, text }: NamedFile, problems: string[]): ReadonlyMap<string, string> {
  const value = jsonOf(text)
  const [ofApollo, plain] = [manifest.safeParse(value), byName.safeParse(value)]
  const documents = ofApollo.success
    ? ofApollo.data.operations.map(({ id, body }) => [id, body] as const)
    : Object.entries(plain.data ?? {})
  if (documents.length === 0) {
    problems.push(
      `TRUSTED_DOCUMENTS: ${name} must be JSON that has documents by their names, {"<hash>": "query …"}, or Apollo's manifest of persisted queries`,
    )
  }
  return new Map(documents)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
