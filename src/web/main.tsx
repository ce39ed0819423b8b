import { QueryClientProvider } from '@tanstack/preact-query'
import { render } from 'preact'
import { App } from './app.tsx'
import { LiveProvider } from './data/live.tsx'
import { queryClient } from './data/use-answer.ts'

const root = document.getElementById('app')
if (!root) throw new Error('The page lacks its place for the application.')
document.documentElement.lang = 'en'
root.replaceChildren()
render(
  <QueryClientProvider client={queryClient}>
    <LiveProvider>
      <App />
    </LiveProvider>
  </QueryClientProvider>,
  root,
)
