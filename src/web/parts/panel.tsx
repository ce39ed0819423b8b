/** Something to look at beside the view; the URL says whether it is open. */
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'

interface PanelProps {
  title: ComponentChildren
  close: () => void
  isWide?: boolean
  children: ComponentChildren
}

export function Panel({ title, close, isWide, children }: PanelProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()

  useEffect(() => {
    const opened = dialog.current
    opened?.showModal()
    // Closed by itself it gives the focus back to where it was.
    return () => opened?.close()
  }, [])

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it, as of every dialog
    <dialog
      ref={dialog}
      class={isWide ? 'drawer wide' : 'drawer'}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        close()
      }}
      onClick={({ target }) => target === dialog.current && close()}
    >
      <div class="inside">
        <button type="button" class="button close" onClick={close}>
          Close
        </button>
        <h2 id={id}>{title}</h2>
        {children}
      </div>
    </dialog>
  )
}
