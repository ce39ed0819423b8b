import { registerDecorator } from 'class-validator'
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
