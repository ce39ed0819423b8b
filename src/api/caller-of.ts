import type { IncomingHttpHeaders } from 'node:http'
import { isIPv6 } from 'node:net'
import type { Authenticator } from '../auth/authenticator.ts'
import type { Caller } from '../model/caller.ts'

/**
 * Who asks. Where nobody is asked who that is, callers are told apart by their networks.
 * @param address Of the client.
 * @throws UnauthenticatedError where it isn't known who asks.
 */
export async function callerOf(
  authenticator: Authenticator,
  headers: IncomingHttpHeaders,
  address: string,
): Promise<Caller> {
  const caller = await authenticator.callerOf(headers)
  return authenticator.isOn ? caller : { ...caller, id: networkOf(address) }
}

/** What one client is likely to have of addresses: one of IPv4, the first half of one of IPv6. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const [, mapped] = /^::ffff:([\d.]+)$/i.exec(address) ?? []
  if (mapped) return mapped
  const [plain = ''] = address.toLowerCase().split('%')
  const [head = [], tail] = plain.split('::').map((groups) => groups.split(':').filter(Boolean))
  const left = 8 - head.length - (tail?.length ?? 0)
  const all = [...head, ...Array<string>(tail ? left : 0).fill('0'), ...(tail ?? [])]
  return `${all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
