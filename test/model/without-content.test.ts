import { withoutContent } from '../../src/model/without-content.ts'

test.each([
  ['relation "nva_summary" does not exist', 'relation "nva_summary" does not exist'],
  ['invalid input syntax for type uuid: "Ann"', 'invalid input syntax for type uuid: "…"'],
  ['invalid input syntax for type uuid: "Ann "the best" Smith"', 'invalid input syntax for type uuid: "…"'],
  [
    'duplicate key value violates unique constraint "team_name_idx"',
    'duplicate key value violates unique constraint "team_name_idx"',
  ],
  ["Duplicate entry 'Ann' for key 'name'", "Duplicate entry '…'"],
  ["Table 'times' doesn't exist", "Table 'times' doesn't exist"],
  [
    "Access denied for user 'reader'@'10.0.0.7' (using password: YES)",
    "Access denied for user 'reader'@'…' (using password: YES)",
  ],
  ['Int cannot represent non-integer value: 1.5', 'Int cannot represent non-integer value: …'],
  [
    `Source "erp" can't be pulled: column "note" holds "Ann's day"`,
    `Source "erp" can't be pulled: column "note" holds "…"`,
  ],
  ['a date such as "2026-03-02", not "20.11.2026". Nothing was written.', 'a date such as "…". Nothing was written.'],
  ['stage "Ann Smith" is none', 'stage "…" is none'],
  ['an unclosed "quote', 'an unclosed "…"'],
  ['nothing quoted', 'nothing quoted'],
  ['the output has 7 in "nva_seconds" (integer)', 'the output has 7 in "nva_seconds" (integer)'],
])('%s is told as %s', (message, told) => {
  expect(withoutContent(message)).toBe(told)
})
