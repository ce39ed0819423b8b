import { byProblem } from '../../../src/web/model/rejections.ts'

const problem = (code: string, field: string | null, message = code) => ({ code, field, message })

test('rows are counted by what is wrong with them, most first, one with several problems for each of them once', () => {
  const rows = [
    { problems: [problem('MISSING', 'id', 'id is missing')] },
    { problems: [problem('MISSING', 'day'), problem('MISSING', 'id', 'gone'), problem('MISSING', 'id', 'gone again')] },
    { problems: [problem('MALFORMED', null)] },
  ]
  expect(byProblem(rows)).toEqual([
    { code: 'MISSING', field: 'id', rows: 2, example: 'id is missing' },
    { code: 'MISSING', field: 'day', rows: 1, example: 'MISSING' },
    { code: 'MALFORMED', field: null, rows: 1, example: 'MALFORMED' },
  ])
})
