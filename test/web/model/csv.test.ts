import { toCsv } from '../../../src/web/model/csv.ts'

test('what would break a line is quoted, numbers stay numbers, and nothing is nothing', () => {
  expect(
    toCsv(
      ['Name', 'Hours'],
      [
        ['a "b", c', 1.5],
        [null, -2],
        ['line\nbreak', true],
      ],
    ),
  ).toBe('Name,Hours\r\n"a ""b"", c",1.5\r\n,-2\r\n"line\nbreak",true\r\n')
})

test.each(['=1+1', '+1', '-1', '@x', '\tx'])('text such as %j is none that a spreadsheet runs', (text) => {
  expect(toCsv(['A'], [[text]])).toContain(`'${text}`)
})
