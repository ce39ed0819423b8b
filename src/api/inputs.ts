import { registerDecorator } from 'class-validator'
import { BadInputError } from '../model/errors.ts'
import { textFault } from '../source/field-checks.ts'

/** A text that can be a key or a name: not blank, at most 200 characters, no control characters. */
export function IsCleanText(): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isCleanText',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value: unknown) => typeof value === 'string' && textFault(value) === undefined,
        defaultMessage: (args) => `${args?.property} ${textFault(String(args?.value))}`,
      },
    })
}

/** @throws BadInputError where a key is given twice in one input. */
export function checkDistinct(keys: readonly string[]): void {
  const twice = keys.find((key, i) => keys.indexOf(key) !== i)
  if (twice !== undefined) throw new BadInputError('input', `input must hold each key once; "${twice}" is there twice.`)
}
