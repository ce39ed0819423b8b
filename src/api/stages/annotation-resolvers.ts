/** Each stage's annotations are on their activity and their subject, and a query gives pages of them. */
import type { GraphQLResolveInfo } from 'graphql'
import { Args, type ClassType, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql'
import type { Project } from '../../cache/entities/project.ts'
import { Sprint } from '../../cache/entities/sprint.ts'
import type { User } from '../../cache/entities/user.ts'
import type { InSprint } from '../../freshness/read/in-sprint.ts'
import { countOf } from '../../freshness/read/rollups.ts'
import { ContentionError } from '../../model/errors.ts'
import type { Annotation } from '../../periods/annotation.ts'
import { periods } from '../../periods/index.ts'
import type { StageDefinition } from '../../stages/define-stage.ts'
import { FromCache } from '../answer-memory.ts'
import { checkRange, RangeArgs } from '../arguments.ts'
import { type Connection, connectionType } from '../connections.ts'
import { Costs } from '../cost.ts'
import { connectionOf, cursorIn, encodeCursor, Page, pageSize, partsOf, placeOf } from '../pagination.ts'
import { inReading, reading } from '../reading.ts'
import { PastReadingArgs, ReadingArgs } from '../reading-args.ts'
import { type RequestContext, receiptOf } from '../request-context.ts'
import { selectionsAt } from '../selection.ts'
import { apiSubject, subjectIdOf } from './api-subjects.ts'
import { NamedQuery } from './named-query.ts'
import { namesOf } from './names.ts'
import { annotationsAsked, periodsInRange, periodsOfSubject, periodsOfSubjects } from './stage-annotations.ts'

/** The resolvers of what a stage brings. */
export function annotationResolvers(stage: StageDefinition): (new () => object)[] {
  const own = [ofAnnotation(stage), ofSubject(stage), annotationsQuery(stage)]
  return periods[stage.period].kind === 'given' ? [...own, ofSprint(stage)] : own
}

/** Whose day, week, month or sprint an annotation is of. */
function ofAnnotation(stage: StageDefinition): new () => object {
  const { name, type } = apiSubject(stage)
  const idOf = subjectIdOf(stage)

  @Resolver(() => stage.output as ClassType<Annotation>)
  class SubjectOfAnnotation {
    @FieldResolver(() => type, { description: `The ${name} whose ${stage.period} it is.` })
    async [name](@Root() annotation: Annotation, @Ctx() { loaders }: RequestContext): Promise<User | Project> {
      const subject = await loaders[`${name}s`].load(idOf(annotation))
      if (!subject) throw new ContentionError(`The ${name} ${idOf(annotation)} was deleted while this was read.`)
      return subject
    }
  }
  return SubjectOfAnnotation
}

function ofSprint({ output }: StageDefinition): new () => object {
  @Resolver(() => output as ClassType<Annotation>)
  class SprintOfAnnotation {
    @FieldResolver(() => Sprint, { description: 'The sprint that it is of.' })
    sprint(@Root() annotation: InSprint): Sprint {
      return annotation.sprint
    }
  }
  return SprintOfAnnotation
}

function ofSubject(stage: StageDefinition): new () => object {
  const { name, output } = stage
  const subject = apiSubject(stage)
  const description = `${periodsInRange(stage)}; only those with activities of the ${subject.name}.`

  // type-graphql tells the fields that resolvers add to a type by the names of their methods.
  @Resolver(() => subject.type)
  class AnnotationsOfSubject {
    @FieldResolver(() => [output], { description })
    @Costs({ rows: periodsOfSubject(stage), personPeriods: periodsOfSubject(stage) })
    async [namesOf(stage).ofSubject](
      @Root() { id }: User | Project,
      @Args(() => RangeArgs) { from, to }: RangeArgs,
      @Args(() => ReadingArgs) readingArgs: ReadingArgs,
      @Ctx() context: RequestContext,
    ): Promise<Annotation[]> {
      checkRange(from, to)
      const own = await reading(context, readingArgs)
      return context.loaders.annotations.load({ stage: name, subjectId: id, from, to, reading: own })
    }
  }
  return AnnotationsOfSubject
}

function annotationsQuery(stage: StageDefinition): new () => object {
  const { name, output, description } = stage
  const subject = apiSubject(stage)
  const connection = connectionType(output.name, output as ClassType<Annotation>)

  @Resolver()
  class AnnotationsQuery {
    @FromCache()
    @NamedQuery(
      () => connection,
      namesOf(stage).annotations,
      `${description} ${periodsInRange(stage)}, by the ids of their ${subject.name}s and by date.`,
      subject.rule,
    )
    @Costs({ page: pageSize, personPeriods: periodsOfSubjects(stage) })
    async annotations(
      @Args(() => Page) page: Page,
      @Args(() => subject.Args) range: RangeArgs,
      @Args(() => PastReadingArgs) readingArgs: PastReadingArgs,
      @Info() info: GraphQLResolveInfo,
      @Ctx() given: RequestContext,
    ): Promise<Connection<Annotation>> {
      return inReading(given, readingArgs, info, async (context) => {
        const { database, freshness, how } = context
        const asked = await annotationsAsked(context, stage, await subject.idsOf(database.sql, range), range)
        const receipt = receiptOf(context)
        const place = placeOf(page)
        const after = cursorIn(name, place, ...partsOf(freshness.keyOf(name)))
        const found = await freshness.annotationsPage(
          name,
          asked.windows,
          { after, limit: place.limit + 1, backward: place.backward },
          receipt,
          how,
        )
        const isCounted = selectionsAt(info).some(({ name }) => name === 'totalCount')
        const [all] = isCounted ? await freshness.rollUp(countOf(name), asked.windows, receipt, how) : []
        return connectionOf(place, found.map(asked.shownOnce), all?.count ?? 0, (annotation) =>
          encodeCursor(name, ...freshness.placeOf(name, annotation)),
        )
      })
    }
  }
  return AnnotationsQuery
}
