/** How texts are sorted, nothing first: by their characters' codes, the same on every machine. */
export function compareText(a: string | null | undefined, b: string | null | undefined): number {
  return (a ?? '') < (b ?? '') ? -1 : Number((a ?? '') > (b ?? ''))
}
