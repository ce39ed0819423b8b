import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Copy, DockerfileParser, type Instruction } from 'dockerfile-ast'

/** One `FROM` and what follows it. */
export interface Stage {
  name: string | undefined
  base: string
  instructions: Instruction[]
}

/** The stages of a Dockerfile, in their order. */
export function stagesOf(text: string): Stage[] {
  const stages: Stage[] = []
  const args: Record<string, string> = {}
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const words = wordsOf(instruction)
    if (instruction.getKeyword() === 'ARG') Object.assign(args, variablesOf(instruction))
    else if (instruction.getKeyword() === 'FROM') {
      const base = words[0]?.replace(/^\$\{(\w+)\}$/, (_, name) => args[name] ?? '') ?? ''
      stages.push({ name: words[2], base, instructions: [] })
    } else stages.at(-1)?.instructions.push(instruction)
  }
  return stages
}

export function wordsOf(instruction: Instruction): string[] {
  return instruction.getArguments().map((argument) => argument.getValue())
}

/** Of `ARG` and `ENV`. */
export function variablesOf(instruction: Instruction): Record<string, string> {
  return Object.fromEntries(wordsOf(instruction).map((word) => word.split(/=(.*)/s) as [string, string]))
}

/** The one instruction of this kind, as it is written: what it says after its word. */
export function settingOf({ instructions }: Stage, keyword: string): string {
  const [found, ...more] = instructions.filter((instruction) => instruction.getKeyword() === keyword)
  if (!found || more.length > 0) throw new Error(`There should be one ${keyword}.`)
  return found.getRawArgumentsContent() ?? ''
}

/** The stage of a `COPY --from=…`; none: the context. */
export function copiedFrom(copy: Instruction): string | undefined {
  return (
    (copy as Copy)
      .getFlags()
      .find((flag) => flag.getName() === 'from')
      ?.getValue() ?? undefined
  )
}

/** What the context is made of, by a list that names all that it doesn't leave out. */
export function contextOf(dockerignore: string): string[] {
  const lines = dockerignore.split('\n').filter((line) => line && !line.startsWith('#'))
  if (lines[0] !== '*') throw new Error('It should leave everything out first.')
  return lines.flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []))
}

/**
 * Does what the Dockerfile says, without an engine: each stage is a folder, which stands for its root. The base's own files
 * are those of this machine. Returns the folder of the last stage.
 */
export async function buildImage(dockerfile: string, project: string, into: string): Promise<string> {
  const context = join(into, 'context')
  for (const name of contextOf(readFileSync(`${dockerfile}.dockerignore`, 'utf8'))) {
    cpSync(join(project, name), join(context, name), { recursive: true })
  }
  let root = ''
  for (const { name, instructions } of stagesOf(readFileSync(dockerfile, 'utf8'))) {
    root = join(into, name ?? 'image')
    let place = root
    for (const instruction of instructions) {
      const words = wordsOf(instruction)
      if (instruction.getKeyword() === 'WORKDIR') {
        place = join(root, words[0] ?? '')
        mkdirSync(place, { recursive: true })
      } else if (instruction.getKeyword() === 'COPY') {
        const stage = copiedFrom(instruction)
        await copy(words, stage ? join(into, stage) : context, place)
      } else if (instruction.getKeyword() === 'RUN') {
        const command = instruction.getRawArgumentsContent() ?? ''
        const env = { PATH: process.env.PATH, HOME: process.env.HOME, npm_config_prefer_offline: 'true' }
        await promisify(execFile)('/bin/sh', ['-c', command], { cwd: place, env })
      }
    }
  }
  return root
}

/** To a folder where there are several, or it ends in a slash. Files are links to what they were: nobody writes what was copied. */
async function copy(words: readonly string[], from: string, place: string): Promise<void> {
  const [sources, target = ''] = [words.slice(0, -1), words.at(-1)]
  for (const source of sources) {
    const into = join(place, target, target.endsWith('/') ? source : '')
    await promisify(execFile)('cp', ['--archive', '--link', join(from, source), into])
  }
}
