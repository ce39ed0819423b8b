import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** A version of a stage, and a hash of what it does. */
export interface LockedVersion {
  stage: string
  version: number
  code: string
}

const LOCK = new URL('../../stages.lock.json', import.meta.url)
const VERSION = /\bversion:\d+/
/** What a stage imports of the classes that outputs extend: where they stand is nothing that it does. */
const PERIODS = /import\{[^}]*\}from"[./]+periods\/[^"]*";/g

const arquero: { version: string } = JSON.parse(
  await readFile(new URL('../../node_modules/arquero/package.json', import.meta.url), 'utf8'),
)

/**
 * A hash of what the stage does: its file and all that it calls in ours, without types, comments, formatting and its
 * version, and the version of Arquero. What a file holds beside what is called doesn't count. Nor do the classes that
 * outputs extend: their columns are part of the stage's logic as they are.
 */
export async function codeOf(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    packages: 'external',
    external: ['../periods/*'],
    treeShaking: true,
    minifyWhitespace: true,
    legalComments: 'none',
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: true } },
  })
  const code = outputFiles.map(({ text }) => text).join('')
  if (!VERSION.test(code)) throw new Error('A stage’s version must be a literal number in its definition.')
  return createHash('sha256')
    .update(code.replace(VERSION, '').replaceAll(PERIODS, ''))
    .update(arquero.version)
    .digest('hex')
    .slice(0, 16)
}

/** The file of a version of a stage: the stage's own, or, of a candidate, the one that names the version. */
export function fileOf(stage: string, version: number, isOwn: boolean): string {
  const name = `${stage.replaceAll('_', '-')}${isOwn ? '' : `.v${version}`}.ts`
  return fileURLToPath(new URL(`../../src/stages/${name}`, import.meta.url))
}

export async function readLock(): Promise<LockedVersion[]> {
  return JSON.parse(await readFile(LOCK, 'utf8'))
}

export async function writeLock(versions: readonly LockedVersion[]): Promise<void> {
  await writeFile(LOCK, `[\n${versions.map((each) => `  ${lineOf(each)}`).join(',\n')}\n]\n`)
}

function lineOf({ stage, version, code }: LockedVersion): string {
  return `{ "stage": ${JSON.stringify(stage)}, "version": ${version}, "code": ${JSON.stringify(code)} }`
}

const ACCEPT = 'npm run stages:lock'

/** What must be done before a version and what is locked agree; nothing if they do. */
export function faultOf({ stage, version, code }: LockedVersion, locked: readonly LockedVersion[]): string | undefined {
  const versions = locked.filter((each) => each.stage === stage)
  const known = versions.find((each) => each.version === version)
  const same = versions.find((each) => each.code === code)
  if (known && known.code !== code) {
    return (
      `The code of stage "${stage}", version ${version}, of what it calls or of Arquero changed: raise its \`version\`, so that nothing ` +
      `that was computed before is taken for it. Where it computes the same nonetheless, ${ACCEPT} accepts that.`
    )
  }
  if (!known && same) {
    return `The version of stage "${stage}" became ${version}, but its code is that of version ${same.version}: put it back.`
  }
  if (!known) {
    const what = versions.length > 0 ? `has a version ${version}` : 'is new'
    return `Stage "${stage}" ${what}: ${ACCEPT} puts it into stages.lock.json.`
  }
  return undefined
}

/** The same of what is locked and isn't in code any more. */
export function goneOf(versions: readonly LockedVersion[], locked: readonly LockedVersion[]): string[] {
  const isThere = (one: LockedVersion) =>
    versions.some((each) => each.stage === one.stage && each.version === one.version)
  return locked
    .filter((one) => !isThere(one))
    .map(
      ({ stage, version }) =>
        `Version ${version} of stage "${stage}" is locked, and not in src/stages/index.ts: ${ACCEPT} takes it out of stages.lock.json.`,
    )
}
