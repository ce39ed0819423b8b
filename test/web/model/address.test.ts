import {
  beforeName,
  cellIn,
  cellText,
  filterOf,
  periodName,
  periodOf,
  selectionOf,
  withParams,
} from '../../../src/web/model/address.ts'

/** A Wednesday. */
const TODAY = '2026-03-04'
const params = (text: string) => new URLSearchParams(text)

describe('the period', () => {
  test('is the week of today so far, held against as many days of the week before', () => {
    expect(periodOf(params(''), TODAY, '2026-03-03')).toEqual({
      preset: 'this-week',
      from: '2026-03-02',
      to: '2026-03-04',
      before: { from: '2026-02-23', to: '2026-02-25' },
      isUnfinished: true,
    })
  })

  test('is the newest week with time in it, where this one has none', () => {
    expect(periodOf(params(''), TODAY, '2026-02-27')).toMatchObject({
      preset: 'last-week',
      to: '2026-03-01',
      isUnfinished: false,
    })
    expect(periodOf(params(''), TODAY, '2025-06-11')).toMatchObject({
      from: '2025-06-09',
      to: '2025-06-15',
      before: { from: '2025-06-02', to: '2025-06-08' },
    })
  })

  test.each([
    ['period=last-week', '2026-02-23', '2026-03-01', '2026-02-16'],
    ['period=4-weeks', '2026-02-09', '2026-03-04', '2026-01-12'],
    ['from=2026-01-05&to=2026-01-14', '2026-01-05', '2026-01-14', '2025-12-22'],
    ['until=2025-06-11', '2025-06-09', '2025-06-15', '2025-06-02'],
  ])('%s begins on %s, ends on %s, and is held against days from %s', (text, from, to, before) => {
    expect(periodOf(params(text), TODAY)).toMatchObject({ from, to, before: { from: before } })
  })

  test.each([
    'period=yesterday',
    'period=constructor',
    'from=2026-02-30&to=2026-03-01',
    'from=2026-03-02&to=2026-03-01',
    'until=soon',
  ])('%s means nothing, and so does not count', (text) => {
    expect(periodOf(params(text), TODAY)).toMatchObject({ preset: 'this-week' })
  })

  test.each([
    ['', 'this week so far', 'last week by Feb 25'],
    ['period=last-week', 'last week', 'in the week before'],
    ['period=13-weeks', 'in the 13 weeks to today', 'in the days before'],
    ['from=2026-01-05&to=2026-01-11', 'in the week of Jan 5, 2026', 'in the week before'],
    ['from=2026-01-06&to=2026-01-12', 'from Jan 6, 2026 to Jan 12, 2026', 'in the days before'],
  ])('%j is called %s', (text, name, before) => {
    const period = periodOf(params(text), TODAY)
    expect(periodName(period, 'en-US')).toEqual(name)
    expect(beforeName(period, 'en-US')).toBe(before)
  })

  test('is cut to three years', () => {
    expect(periodOf(params('from=1900-01-01&to=2026-01-01'), TODAY).from).toBe('2022-12-31')
  })
})

test('who is looked at is read from the parameters, and empty ones say nothing', () => {
  const selection = selectionOf(params('team=T&kind=meeting&project=&other=x'))
  expect(selection).toEqual({ team: 'T', kind: 'meeting' })
  expect(filterOf(selection)).toEqual({ teamIds: ['T'], stereotypeCodes: ['meeting'] })
})

describe('a cell', () => {
  test('comes out of its text as it went in, whatever its kind is called', () => {
    const cell = {
      from: '2026-03-02',
      to: '2026-03-08',
      person: 'P',
      kind: 'a;b=c..&ü %',
      since: '2026-03-01T10:00:00.000Z',
    }
    expect(cellIn(cellText(cell))).toEqual(cell)
    expect(cellText({ from: '2026-03-02', to: '2026-03-08' })).toBe('2026-03-02..2026-03-08')
  })

  test.each([
    null,
    '',
    'x',
    '2026-03-08..2026-03-02',
    '2026-03-02..2026-03-08;who=x',
    '2026-03-02..2026-03-08;kind=%E0%A4%A',
    '2026-03-02..2026-03-08;since=x',
  ])('is none in %j', (text) => {
    expect(cellIn(text)).toBeUndefined()
  })
})

test('an address keeps what it isn’t told to change', () => {
  expect(withParams(params('a=1&b=2'), { b: null, c: '3' })).toBe('?a=1&c=3')
  expect(withParams(params('a=1'), { a: '' })).toBe('')
})
