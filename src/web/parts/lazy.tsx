/** A view whose code is fetched when somebody looks at it. */
import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Failure, Skeleton } from './section.tsx'

export function lazy(load: () => Promise<ComponentType>): ComponentType {
  let loaded: ComponentType | undefined
  return function Lazy() {
    const [View, setView] = useState<ComponentType | undefined>(() => loaded)
    const [error, setError] = useState<Error>()
    useEffect(() => {
      if (loaded) return
      load().then((view) => {
        loaded = view
        setView(() => view)
      }, setError)
    }, [])
    // A newer build has other files: the page itself must be fetched anew.
    if (error) return <Failure error={new Error('This view could not be fetched.')} again={() => location.reload()} />
    return View ? <View /> : <Skeleton height={40} />
  }
}
