/** Of whom slices and annotations are: a stage is of one kind of subject. */
export interface Subject {
  readonly name: SubjectName
  /** The column that names one: of activities, and of the tables of its stages. */
  readonly column: string
  /** The table that holds them. */
  readonly table: string
  /** The `logic` of their source slices of days: one subject, one day of activities. */
  readonly sourceLogic: string
  /** That of their source slices of months. The revision of one is the sum of those of its days. */
  readonly monthLogic: string
}

export const user: Subject = {
  name: 'user',
  column: 'user_id',
  table: 'app_user',
  sourceLogic: 'activities',
  monthLogic: 'activities_of_month',
}

export const project: Subject = {
  name: 'project',
  column: 'project_id',
  table: 'project',
  sourceLogic: 'activities_of_project',
  monthLogic: 'activities_of_project_month',
}

/** Every kind of subject. */
export const subjects: Readonly<Record<SubjectName, Subject>> = { user, project }

export type SubjectName = 'user' | 'project'
