import { fillDemoSource } from '../../src/demo-source/fill-demo-source.ts'
import { readTeams } from '../../src/demo-source/read-teams.ts'
import { freshDatabase, onDatabase } from '../support/databases.ts'

test('teams are read with their members, as the demo was made with them', async () => {
  const url = await freshDatabase('nothing')
  await onDatabase(url, async (client) => {
    await fillDemoSource(client, { today: '2026-03-18' })
    const teams = await readTeams(client)
    expect(teams.map(({ name, members }) => [name, members.length])).toEqual([
      ['Web', 9],
      ['Mobile', 7],
      ['Platform', 7],
      ['Customer Care', 3],
    ])
    expect(teams[2]?.members.slice(-2)).toEqual([
      { employeeId: 22, employeeName: 'Arjun Malhorkar', from: '2025-03-24', to: null },
      { employeeId: 24, employeeName: 'Milena Petrovska', from: '2025-03-24', to: '2025-10-26' },
    ])
  })
})

test('a demo that an older version made stays as it is, and has no teams', async () => {
  const url = await freshDatabase('nothing')
  await onDatabase(url, async (client) => {
    await client.query('CREATE TABLE time_entries (id text)')
    expect(await fillDemoSource(client, { today: '2026-03-18' })).toBe(0)
    expect(await readTeams(client)).toEqual([])
  })
})
