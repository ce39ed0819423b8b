import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What is built of `src/web/`: beside the compiled code, and where the sources themselves are run, beside those. */
export const WEB = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/web/' : '../../web/', import.meta.url),
)

/** The page, whichever view it shows. */
export const PAGE = `${WEB}index.html`
/** In it the build writes the documents that the page asks. */
export const PAGE_DOCUMENTS = 'documents.json'

export function pageDocuments(): readonly string[] {
  return JSON.parse(readFileSync(join(WEB, PAGE_DOCUMENTS), 'utf8'))
}
