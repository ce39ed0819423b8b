/** Of whom a stage's annotations are: how the API asks for them, and shows them. */
import { ArgsType, type ClassType, Field, ID } from 'type-graphql'
import type { Sql } from '../../cache/database.ts'
import { Project } from '../../cache/entities/project.ts'
import { User } from '../../cache/entities/user.ts'
import { allProjects, projectsByIds, usersByIds } from '../../cache/reference-reads.ts'
import { camelCase } from '../../model/camel-case.ts'
import { type SubjectName, subjects } from '../../model/subject.ts'
import type { Annotation } from '../../periods/annotation.ts'
import type { StageDefinition } from '../../stages/define-stage.ts'
import type { Rule } from '../access/rules.ts'
import { checkRange, projectsOf, RangeArgs, UsersRangeArgs, userIdsOf } from '../arguments.ts'
import { type CountOfRange, users } from '../cost.ts'

/** A range for some projects or for all. */
@ArgsType()
export class ProjectsRangeArgs extends RangeArgs {
  @Field(() => [ID], { nullable: true, description: 'All, unless told.' })
  projectIds?: string[] | null
}

/** A range for some subjects or for all. */
type SubjectsRangeArgs = RangeArgs & { userIds?: string[] | null; projectIds?: string[] | null }

interface ApiSubject {
  type: ClassType<User | Project>
  /** The arguments that say which of them are asked for. */
  Args: ClassType<RangeArgs>
  /** How sums are grouped by them. */
  group: string
  /** The ids that are asked for, or all. @throws BadInputError for a range backward and ids that there aren't. */
  idsOf(sql: Sql, args: SubjectsRangeArgs): Promise<string[]>
  byIds(sql: Sql, ids: readonly string[]): Promise<(User | Project)[]>
  /** How many are asked for. */
  count: CountOfRange
  /** Who may ask for them: what projects come to is made of everybody's days. */
  rule: Rule
}

const SUBJECTS: Readonly<Record<SubjectName, ApiSubject>> = {
  user: {
    type: User,
    Args: UsersRangeArgs,
    group: 'USER',
    idsOf: userIdsOf,
    byIds: usersByIds,
    count: users,
    rule: 'read',
  },
  project: {
    type: Project,
    Args: ProjectsRangeArgs,
    group: 'PROJECT',
    idsOf: async (sql, { from, to, projectIds }) => {
      checkRange(from, to)
      const projects = projectIds ? await projectsOf(sql, 'projectIds', projectIds) : await allProjects(sql)
      return projects.map(({ id }) => id).sort()
    },
    byIds: projectsByIds,
    count: ({ projectIds }, extent) => projectIds?.length ?? extent.projects,
    rule: 'readAll',
  },
}

/** Groups of every kind of subject. */
export const SUBJECT_GROUPS: readonly string[] = Object.values(SUBJECTS).map(({ group }) => group)

export function apiSubject({ subject = 'user' }: StageDefinition): ApiSubject & { name: SubjectName } {
  return { ...SUBJECTS[subject], name: subject }
}

/** Of which subject an annotation of the stage is. */
export function subjectIdOf({ subject = 'user' }: StageDefinition): (annotation: Annotation) => string {
  const property = camelCase(subjects[subject].column)
  return (annotation) => annotation[property as keyof Annotation] as unknown as string
}
