/** The first and the last day, each to be chosen; one that is past the other takes it along. */
import { isDate, type Range } from '../model/calendar.ts'

export function Days({ days: { from, to }, choose }: { days: Range; choose: (days: Range) => void }) {
  const set = (key: keyof Range, value: string) => {
    if (!isDate(value)) return
    const days = { from, to, [key]: value }
    if (days.from > days.to) days[key === 'from' ? 'to' : 'from'] = value
    choose(days)
  }
  return (
    <>
      <label>
        From
        <input type="date" value={from} onChange={({ currentTarget }) => set('from', currentTarget.value)} />
      </label>
      <label>
        To
        <input type="date" value={to} onChange={({ currentTarget }) => set('to', currentTarget.value)} />
      </label>
    </>
  )
}
