import { QueryClientProvider } from '@tanstack/preact-query'
import { render } from 'preact'
import { App } from './app.tsx'
import { LiveProvider } from './data/live.tsx'
import { queryClient } from './data/use-answer.ts'
import { Gate } from './views/login/gate.tsx'

const root = document.getElementById('app')
if (!root) throw new Error('The page lacks its place for the application.')
document.documentElement.lang = 'en'
root.replaceChildren()
// Where the issuer led back to there is nothing to look at, and what the address holds is used up.
if (location.pathname.startsWith('/login')) history.replaceState(null, '', '/')
render(
  <QueryClientProvider client={queryClient}>
    <Gate>
      <LiveProvider>
        <App />
      </LiveProvider>
    </Gate>
  </QueryClientProvider>,
  root,
)
