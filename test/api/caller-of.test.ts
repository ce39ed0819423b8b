import { callerOf, networkOf } from '../../src/api/caller-of.ts'
import { takenFor } from '../../src/auth/authenticator.ts'
import { ANYBODY } from '../../src/model/caller.ts'

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:10.0.0.7', '10.0.0.7'],
  ['::1', '0:0:0:0::/64'],
  ['2001:db8:0:12::1', '2001:db8:0:12::/64'],
  ['2001:0DB8:0000:0012:aaaa:bbbb:cccc:dddd', '2001:db8:0:12::/64'],
  ['2001:db8::', '2001:db8:0:0::/64'],
  ['fe80::1:2:3:4%eth0', 'fe80:0:0:0::/64'],
])('who asks from %s is of the network %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

test('where nobody is asked who it is, callers are told apart by their networks', async () => {
  const [one, other] = await Promise.all(
    ['10.0.0.7', '10.0.0.8'].map((address) => callerOf(takenFor(ANYBODY), {}, address)),
  )
  expect([one, other]).toEqual([
    { ...ANYBODY, id: '10.0.0.7' },
    { ...ANYBODY, id: '10.0.0.8' },
  ])
})

test('who said who that is, is the same from wherever', async () => {
  const authenticator = { isOn: true, callerOf: async () => ({ ...ANYBODY, id: 'k1' }) }
  expect((await callerOf(authenticator, {}, '10.0.0.7')).id).toBe('k1')
})
