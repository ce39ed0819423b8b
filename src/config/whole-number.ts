import { z } from 'zod'

/** A number above 0 that stands in a variable. */
export const wholeNumber = z
  .string()
  .regex(/^[1-9]\d{0,9}$/, 'must be a whole number from 1 to 9999999999')
  .transform(Number)
