import { writeFile } from 'node:fs/promises'
import { printSchema } from 'graphql'
import { apiSchema } from './schema.ts'

/** The schema as SDL, as it is committed in `schema/schema.graphql`. */
export async function schemaText(): Promise<string> {
  return `${printSchema(await apiSchema())}\n`
}

const [, script, target] = process.argv
if (script?.endsWith('emit-schema.js') && target) await writeFile(target, await schemaText())
