import { LONGEST_NOTICE } from '../../../src/cache/notices.ts'
import { type Notice, noticeText, readNotice } from '../../../src/dispatch/events/notice-text.ts'
import type { Events, SourceRemovalCounts } from '../../../src/model/messages.ts'
import { ProblemCode } from '../../../src/model/problem.ts'
import { toldWindows, type Window } from '../../../src/model/window.ts'

const SENDER = '00000000-0000-4000-8000-000000000000'
const RECEIPT = { checked: 1_000_000, recomputed: 1_000_000, unchanged: 1_000_000, verified: 1_000_000 }

function windows(count: number): Window[] {
  return Array.from({ length: count }, (_, i) => ({
    subjectId: `00000000-0000-7000-8000-${String(i).padStart(12, '0')}`,
    from: '2026-03-02',
    to: '2026-03-08',
  }))
}

function refreshed(count: number, stage = 'stereotype_summary'): Notice {
  return {
    sender: SENDER,
    type: 'slices.refreshed',
    event: { stage, version: 1, receipt: RECEIPT, ...toldWindows(windows(count)) },
  }
}

const REMOVED: SourceRemovalCounts = {
  ...{ activities: 1, users: 2, stereotypes: 3, sprints: 4, projects: 5, quarantinedRows: 6, batches: 7 },
}

test.each([
  ['slices', refreshed(3)],
  ['slices in as many windows as may be told', refreshed(1_000)],
  ['a pull that failed, with as long a reason as may be', failed('\u0001'.repeat(500))],
  ['all problems', quarantined(Object.fromEntries(Object.values(ProblemCode).map((code) => [code, 1_000_000])))],
  ['a source', { sender: SENDER, type: 'source.removed', event: { source: 's', ...REMOVED } } as const],
])('%s go into one notice, and come out as they were', (_, notice) => {
  const text = noticeText(notice) ?? ''
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(LONGEST_NOTICE)
  expect(readNotice(text)).toEqual(notice)
})

test('windows that are too long for a notice are left out, which it says', () => {
  const notice = refreshed(1_000, 'x'.repeat(2_000))
  const text = noticeText(notice) ?? ''
  expect(readNotice(text)).toEqual({ ...notice, event: { ...notice.event, windows: [], isComplete: false } })
})

test('what is too long all the same is not told', () => {
  expect(noticeText(refreshed(1, 'x'.repeat(8_000)))).toBeNull()
  expect(noticeText(failed('x'.repeat(8_000)))).toBeNull()
})

test.each([
  '',
  'nonsense',
  'null',
  '{}',
  '["a"]',
  '["a",7,{}]',
  '["a","slices.refreshed",null]',
  '["a","slices.refreshed",{},7]',
])('%s is no notice of ours', (text) => expect(readNotice(text)).toBeNull())

function failed(error: string): Notice {
  return { sender: SENDER, type: 'pull.failed', event: { source: 's', batchId: SENDER, error } }
}

function quarantined(countsByCode: Events['rows.quarantined']['countsByCode']): Notice {
  return { sender: SENDER, type: 'rows.quarantined', event: { source: 's', batchId: SENDER, count: 1, countsByCode } }
}
