import { QuotaError, UnauthenticatedError } from '../model/errors.ts'
import { networkOf } from './caller-of.ts'
import { Tally } from './tally.ts'

/** So many keys that are none may be tried from one network in a minute. */
export const MOST_ATTEMPTS = 10

/** Lets nobody try one key after the other. */
export class LoginAttempts {
  private readonly failed = new Tally(60)

  /**
   * Logs in somebody at an address.
   * @throws QuotaError where too many attempts from there failed of late.
   */
  async by<T>(address: string, logIn: () => Promise<T>): Promise<T> {
    const network = networkOf(address)
    // Counted until it is known to be right: others may come meanwhile.
    const { before, secondsLeft: retryAfterSeconds } = await this.failed.add(network, 1)
    if (before >= MOST_ATTEMPTS) {
      throw new QuotaError(`Too many logins failed from here; try again in ${retryAfterSeconds} s.`, {
        retryAfterSeconds,
      })
    }
    try {
      const token = await logIn()
      await this.failed.add(network, -1)
      return token
    } catch (error) {
      if (!(error instanceof UnauthenticatedError)) await this.failed.add(network, -1)
      throw error
    }
  }
}
