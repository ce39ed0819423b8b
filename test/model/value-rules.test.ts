import { ActivityType } from '../../src/model/activity.ts'
import { BILLED_ADDS_VALUE, isKindNamed, type ValueRules, valueOf } from '../../src/model/value-rules.ts'

const { VALUE_ADD, NON_VALUE_ADD } = ActivityType

const rules: ValueRules = {
  rules: [
    { type: NON_VALUE_ADD, kinds: ['Meeting', 'admin'] },
    { type: VALUE_ADD, projects: ['Bridge'], billable: true },
    { type: NON_VALUE_ADD, projects: ['bridge'] },
    { type: VALUE_ADD, kinds: ['design'] },
  ],
  otherwise: NON_VALUE_ADD,
}

test.each([
  ['a kind, whatever its case', { kind: ' meeting', project: 'Bridge', billable: true }, NON_VALUE_ADD],
  ['all that a rule asks for', { kind: 'design', project: 'BRIDGE', billable: true }, VALUE_ADD],
  ['a part of it: the next rule', { kind: 'design', project: 'Bridge', billable: false }, NON_VALUE_ADD],
  ['nothing said of billing is not billed', { kind: 'design', project: 'Bridge', billable: null }, NON_VALUE_ADD],
  ['no project', { kind: 'Design', project: null }, VALUE_ADD],
  ['no rule', { kind: 'travel', project: null }, null],
  ['no rule, and what the row says', { kind: 'travel', project: null, type: VALUE_ADD }, VALUE_ADD],
  ['a rule before what the row says', { kind: 'admin', project: null, type: VALUE_ADD }, NON_VALUE_ADD],
])('%s counts', (_, activity, expected) => {
  expect(valueOf(rules, activity)).toBe(expected)
})

test('what is billed adds value unless rules say otherwise', () => {
  expect(valueOf(BILLED_ADDS_VALUE, { kind: 'x', project: null, billable: true })).toBe(VALUE_ADD)
  expect(valueOf(BILLED_ADDS_VALUE, { kind: 'x', project: null, billable: false })).toBeNull()
})

test('a kind is named where a rule has it, whatever its case', () => {
  expect(isKindNamed(rules, 'ADMIN')).toBe(true)
  expect(isKindNamed(rules, 'travel')).toBe(false)
})
