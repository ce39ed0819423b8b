import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { jest } from '@jest/globals'
import getPort from 'get-port'
import { prepareBinaries } from '../../src/embedded/binaries.ts'
import { ensureCluster } from '../../src/embedded/cluster.ts'
import { choosePlace } from '../../src/embedded/place.ts'
import { startPostmaster } from '../../src/embedded/postmaster.ts'
import { afterwards, scratchFolder } from './scratch.ts'

jest.setTimeout(30_000)

test('a port that was taken since it was chosen is given up for another', async () => {
  const squatter = createServer().listen(0, '127.0.0.1')
  afterwards(() => squatter.close())
  await once(squatter, 'listening')
  const taken = (squatter.address() as AddressInfo).port
  const free = await getPort({ host: '127.0.0.1' })
  const ports = [taken, taken, free]

  const place = choosePlace(scratchFolder(), { warn: () => {} })
  const binaries = prepareBinaries(place)
  await ensureCluster(place, binaries, false)
  const postmaster = await startPostmaster(place, binaries, { fsync: 'off' }, async () => ports.shift() ?? 0)
  afterwards(postmaster.stop)
  expect([postmaster.port, ports]).toEqual([free, []])
})
