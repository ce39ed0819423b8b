import { writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { sourcesFile } from './sources-file.ts'

/** The shape of the sources' file as JSON schema, for editors, as it is committed in `schema/sources.schema.json`. */
export function sourcesSchemaText(): string {
  return `${JSON.stringify(z.toJSONSchema(sourcesFile), null, 2)}\n`
}

const [, script, target] = process.argv
if (script?.endsWith('emit-sources-schema.js') && target) await writeFile(target, sourcesSchemaText())
