export function Brand() {
  return (
    <a class="brand" href="/">
      <Thread />
      Steelthread
    </a>
  )
}

export function Thread() {
  return (
    <svg viewBox="0 0 16 16" width="22" height="22" aria-hidden="true">
      <path class="steel" d="M1.5 8h13" />
      <path class="thread" d="M1.5 8c2-8 4.5-8 6.5 0s4.5 8 6.5 0" />
    </svg>
  )
}
