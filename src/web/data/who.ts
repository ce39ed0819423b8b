/** Who looks at the page, where the service asks that, and what they may. */
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { CallerQuery } from '../queries.ts'

export interface Who {
  caller: CallerQuery['caller']
  /** Undefined where nobody is asked who that is. */
  logOut: (() => Promise<void>) | undefined
}

export const WhoContext = createContext<Who>({
  caller: { name: 'anybody', role: 'ADMIN', isLimited: false, sources: null },
  logOut: undefined,
})

export function useWho(): Who {
  return useContext(WhoContext)
}

/** What the page offers. The service refuses the rest whatever the page shows. */
export function useMay(): { operate: boolean; readAll: boolean } {
  const { role, isLimited } = useWho().caller
  return { operate: role === 'OPERATOR' || role === 'ADMIN', readAll: !isLimited }
}
