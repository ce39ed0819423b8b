/** Several sprints may have the same dates: what is computed once is shown for each. */
import type { Sprint } from '../../cache/entities/sprint.ts'
import type { Annotation } from '../../periods/annotation.ts'

/** A sprint stage's annotation with the sprint that it is shown for: several sprints may have the same dates. */
export type InSprint = Annotation & { sprint: Sprint }

export function inSprint(annotation: Annotation, sprint: Sprint): InSprint {
  return Object.assign(Object.create(Object.getPrototypeOf(annotation)), annotation, { sprint }) as InSprint
}
