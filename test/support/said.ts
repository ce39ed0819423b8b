import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Resolves once a server says that it is up; rejects with what it said where it ends instead. */
export async function untilSaid(name: string, { stderr }: ChildProcess, text: string): Promise<void> {
  const said: string[] = []
  if (stderr) {
    for await (const line of createInterface({ input: stderr })) {
      said.push(line)
      if (line.includes(text)) {
        stderr.resume()
        return
      }
    }
  }
  throw new Error(`${name} ended: ${said.join('\n')}`)
}
