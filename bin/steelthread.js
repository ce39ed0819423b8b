#!/usr/bin/env node
import { existsSync } from 'node:fs'

const main = new URL('../dist/src/main.js', import.meta.url)

if (existsSync(main)) {
  process.env.NODE_ENV ??= 'production'
  process.setSourceMapsEnabled(true)
  await import(main.href)
} else {
  console.error('steelthread: it is not built yet: npm run build')
  process.exitCode = 1
}
