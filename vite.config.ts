/** Builds the page in `src/web/` to static files in `dist/web/`, and before that the types of its queries. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { codegen } from '@graphql-codegen/core'
import * as documents from '@graphql-codegen/typed-document-node'
import * as operations from '@graphql-codegen/typescript-operations'
import { buildASTSchema, concatAST, NoDeprecatedCustomRule, parse, specifiedRules, validate } from 'graphql'
import { defineConfig, type Plugin } from 'vite'

const WEB = join(import.meta.dirname, 'src/web')
const QUERIES = join(WEB, 'queries.ts')

export default defineConfig({
  root: WEB,
  build: {
    outDir: join(import.meta.dirname, 'dist/web'),
    emptyOutDir: true,
    // Icons stay files: the page may load nothing that is written in it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: [join(WEB, 'index.html'), join(WEB, 'graphiql.html')] },
  },
  plugins: [typedQueries(), packed()],
})

/** `queries.ts` out of all `.graphql` files. One that doesn't fit the schema, or asks for what is deprecated, fails the build. */
function typedQueries(): Plugin {
  let texts: string[] = []
  return {
    name: 'typed-queries',
    async buildStart() {
      const schema = parse(readFileSync(join(import.meta.dirname, 'schema/schema.graphql'), 'utf8'))
      const files = readdirSync(WEB, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.graphql'))
      const parsed = files.sort().map((file) => {
        this.addWatchFile(join(WEB, file))
        return { location: file, document: parse(readFileSync(join(WEB, file), 'utf8')) }
      })
      const all = concatAST(parsed.map(({ document }) => document))
      const [problem] = validate(buildASTSchema(schema), all, [...specifiedRules, NoDeprecatedCustomRule])
      if (problem) throw problem
      const source = await codegen({
        filename: QUERIES,
        schema,
        documents: parsed,
        plugins: [{ operations: {} }, { documents: {} }],
        pluginMap: { operations, documents },
        config: {
          documentMode: 'string',
          enumsAsTypes: true,
          useTypeImports: true,
          strictScalars: true,
          scalars: {
            BigInt: { input: 'number', output: 'number | string' },
            Date: 'string',
            DateTime: 'string',
            Duration: 'string',
            JSONObject: 'Record<string, unknown>',
          },
        },
      })
      texts = textsIn(source)
      // Written only where it is different: who watches files is not woken for nothing.
      if (source !== read(QUERIES)) writeFileSync(QUERIES, source)
    },
    // For the service, which may run no others.
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'documents.json', source: JSON.stringify(texts) })
    },
  }
}

/** The documents as the page sends them. */
function textsIn(source: string): string[] {
  const texts = [...source.matchAll(/ = new TypedDocumentString\(`([^`]*)`/g)].map(([, text = '']) => text)
  const strange = texts.find((text) => /\\|\$\{/.test(text))
  if (strange !== undefined || texts.length === 0) throw new Error(`A query is not sent as it stands: ${strange}`)
  return texts
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** Each script and style a second time, gzipped, for the service to send as it is. */
function packed(): Plugin {
  return {
    name: 'packed',
    // Not earlier: their last changes are made as they are written.
    writeBundle({ dir = '' }, bundle) {
      const names = Object.keys(bundle).filter((name) => /\.(js|css)$/.test(name))
      for (const name of names)
        writeFileSync(join(dir, `${name}.gz`), gzipSync(readFileSync(join(dir, name)), { level: 9 }))
    },
  }
}
