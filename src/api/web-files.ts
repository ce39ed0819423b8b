import { fileURLToPath } from 'node:url'

/** What is built of `src/web/`: beside the compiled code, and where the sources themselves are run, beside those. */
export const WEB = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/web/' : '../../web/', import.meta.url),
)

/** The page, whichever view it shows. */
export const PAGE = `${WEB}index.html`
