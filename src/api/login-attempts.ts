import { QuotaError, UnauthenticatedError } from '../model/errors.ts'
import { networkOf } from './caller-of.ts'
import { Tally } from './tally.ts'

/** So many keys that are none may be tried from one network in a minute. */
export const MOST_ATTEMPTS = 10

/** Lets nobody try one key after the other. */
export class LoginAttempts {
  private readonly failed = new Tally(60)

  /**
   * Logs in somebody at an address. Who has a right key is let in whatever others did from there: many people have one
   * address, where a proxy stands before the service.
   * @throws QuotaError where it fails, and too many attempts from there failed of late.
   */
  async by<T>(address: string, logIn: () => Promise<T>): Promise<T> {
    try {
      return await logIn()
    } catch (error) {
      if (!(error instanceof UnauthenticatedError)) throw error
      const { before, secondsLeft: retryAfterSeconds } = await this.failed.add(networkOf(address), 1)
      if (before < MOST_ATTEMPTS) throw error
      throw new QuotaError(`Too many logins failed from here; try again in ${retryAfterSeconds} s.`, {
        retryAfterSeconds,
      })
    }
  }
}
