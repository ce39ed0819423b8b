import { readFile } from 'node:fs/promises'
import { schemaText } from '../src/api/emit-schema.ts'

test('schema/schema.graphql is the schema that the service has', async () => {
  const committed = await readFile(new URL('../schema/schema.graphql', import.meta.url), 'utf8')
  const emitted = await schemaText()
  if (committed === emitted) return
  const [before, now] = [committed.split('\n'), emitted.split('\n')]
  const line = now.findIndex((text, i) => text !== before[i])
  throw new Error(
    `schema/schema.graphql is not what the service emits: run \`npm run schema\` and commit what it writes.\n` +
      `First difference, line ${line + 1}:\n- ${before[line] ?? '(end)'}\n+ ${now[line] ?? '(end)'}`,
  )
})
