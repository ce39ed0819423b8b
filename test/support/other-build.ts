import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { scratchFolder } from '../embedded/scratch.ts'

const ROOT = join(import.meta.dirname, '../..')
const TSC = join(ROOT, 'node_modules/.bin/tsc')

/** Another version of the service, built beside this one. */
export interface OtherBuild {
  /** Its start, once it is built. */
  main: string
  read(file: string): string
  write(file: string, text: string): void
  /** Changes a file; what is replaced must be there. */
  edit(file: string, ...replacements: readonly [from: string, to: string][]): void
  /** Checks types as `npm run check` does. */
  check(): Promise<void>
  /** Generates a migration as `npm run migration:generate` does. Returns it and what was printed; no text where none was written. */
  generate(databaseUrl: string, name: string): Promise<{ migration: string; said: string }>
  build(): Promise<void>
}

/** A copy of what the service is built from, where a test may change it. */
export function otherBuild(): OtherBuild {
  const copy = scratchFolder()
  for (const name of ['src', 'migrations', 'ormconfig.ts', 'package.json', 'tsconfig.json', 'tsconfig.build.json']) {
    cpSync(join(ROOT, name), join(copy, name), { recursive: true })
  }
  mkdirSync(join(copy, 'test'))
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  const run = (command: string, args: string[], env = {}) =>
    promisify(execFile)(command, args, { cwd: copy, env: { PATH: process.env.PATH, ...env } })
  const read = (file: string) => readFileSync(join(copy, file), 'utf8')
  const write = (file: string, text: string) => writeFileSync(join(copy, file), text)
  const build = async () => {
    await run(TSC, ['-p', 'tsconfig.build.json'])
    cpSync(join(ROOT, 'dist/web'), join(copy, 'dist/web'), { recursive: true })
  }
  return {
    main: join(copy, 'dist/src/main.js'),
    read,
    write,
    edit(file, ...replacements) {
      let text = read(file)
      for (const [from, to] of replacements) {
        if (!text.includes(from)) throw new Error(`${file} lacks ${from}`)
        text = text.replace(from, to)
      }
      write(file, text)
    },
    async check() {
      await run(TSC, [])
    },
    async generate(databaseUrl, name) {
      const args = ['dist/src/typeorm.js', 'migration:generate', `migrations/${name}`]
      const { stdout } = await run(process.execPath, args, { DATABASE_URL: databaseUrl })
      const made = readdirSync(join(copy, 'migrations')).filter((file) => file.endsWith(`${name}.ts`))
      const [migration = ''] = made.map((file) => readFileSync(join(copy, 'migrations', file), 'utf8'))
      return { migration, said: stdout }
    },
    build,
  }
}
