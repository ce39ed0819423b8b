/** A chart, and behind it the table that says the same. */
import { type PlotOptions, plot } from '@observablehq/plot'
import { useEffect, useRef, useState } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { type Column, Table } from './table.tsx'

interface ChartProps<Row> {
  /** What it shows, in a sentence. */
  label: string
  /** Its marks for a width in pixels. */
  draw: (width: number) => PlotOptions
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  file: string
}

export function Chart<Row>({ label, draw, columns, rows, file }: ChartProps<Row>) {
  const host = useRef<HTMLDivElement>(null)
  const width = useWidth(host)
  const [, navigate] = useLocation()

  useEffect(() => {
    if (!host.current || width === 0) return
    const svg = plot({ className: 'plot', ...draw(width), width })
    // Its rules stand in the style sheet: the page runs no styles that are written into it.
    for (const style of svg.querySelectorAll('style')) style.remove()
    // The table says the same, with links of its own.
    svg.setAttribute('aria-hidden', 'true')
    for (const link of svg.querySelectorAll('a')) link.setAttribute('tabindex', '-1')
    svg.addEventListener('click', (event) => follow(event as MouseEvent, navigate))
    host.current.replaceChildren(svg)
  })

  return (
    <figure class="chart" aria-label={label}>
      <div ref={host} class="plot-host" />
      <details>
        <summary>As a table</summary>
        <Table caption={label} columns={columns} rows={rows} file={file} isCaptionUnseen />
      </details>
    </figure>
  )
}

/** Links of a chart are the page's own, unless they are opened elsewhere. */
function follow(event: MouseEvent, navigate: (href: string) => void): void {
  const link = (event.target as Element).closest('a')
  if (!link || event.metaKey || event.ctrlKey || event.button !== 0) return
  event.preventDefault()
  navigate(link.getAttribute('href') ?? '/')
}

/** Of an element as it is now, in pixels; 0 until it is known. */
export function useWidth(host: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    if (!host.current) return
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)))
    observer.observe(host.current)
    return () => observer.disconnect()
  }, [host])
  return width
}
