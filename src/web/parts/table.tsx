/** A table, and the same as a file: whatever is shown can be taken along. */
import type { ComponentChildren } from 'preact'
import { toCsv } from '../model/csv.ts'

export interface Column<Row> {
  title: string
  /** As a machine reads it: seconds, ratios, ISO dates. */
  value: (row: Row) => string | number | boolean | null | undefined
  /** As people read it; the value, unless told. */
  show?: (row: Row) => ComponentChildren
  isNumber?: boolean
  /** A sentence: it gets room. */
  isLong?: boolean
  /** Names the row. */
  isHead?: boolean
}

interface TableProps<Row> {
  caption: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  /** Of a file; there is none to take along without. */
  file?: string
  /** The caption is said by something beside the table already. */
  isCaptionUnseen?: boolean
  empty?: string
}

export function Table<Row>({ caption, columns, rows, file, isCaptionUnseen, empty = 'Nothing.' }: TableProps<Row>) {
  if (rows.length === 0) return <p class="quiet">{empty}</p>
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section class="scroller" aria-label={`${caption}: table`} tabIndex={0}>
        <table class="plain-table">
          <caption class={isCaptionUnseen ? 'unseen' : undefined}>{caption}</caption>
          <thead>
            <tr>
              {columns.map(({ title, isNumber }) => (
                <th key={title} scope="col" class={isNumber ? 'number' : undefined}>
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows are shown in the order in which they came
              <tr key={index}>
                {columns.map((column) => (
                  <Cell key={column.title} column={column} row={row} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {file && <Files name={file} columns={columns} rows={rows} />}
    </>
  )
}

function Cell<Row>({ column: { value, show, isNumber, isHead, isLong }, row }: { column: Column<Row>; row: Row }) {
  const content = show ? show(row) : String(value(row) ?? '–')
  const style = isNumber ? 'number' : isLong ? 'long' : undefined
  return isHead ? (
    <th scope="row" class={style}>
      {content}
    </th>
  ) : (
    <td class={style}>{content}</td>
  )
}

/** What is shown as CSV and as JSON. */
export function Files<Row>({
  name,
  columns,
  rows,
}: {
  name: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
}) {
  const titles = columns.map(({ title }) => title)
  const values = rows.map((row) => columns.map(({ value }) => value(row) ?? null))
  const objects = () => values.map((row) => Object.fromEntries(titles.map((title, index) => [title, row[index]])))
  return (
    <p class="files">
      <button type="button" class="small-button" onClick={() => save(`${name}.csv`, toCsv(titles, values), 'text/csv')}>
        CSV
      </button>
      <button
        type="button"
        class="small-button"
        onClick={() => save(`${name}.json`, JSON.stringify(objects(), null, 2), 'application/json')}
      >
        JSON
      </button>
    </p>
  )
}

function save(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = Object.assign(document.createElement('a'), { href: url, download: name })
  link.click()
  // Not before the browser has begun to read it.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
