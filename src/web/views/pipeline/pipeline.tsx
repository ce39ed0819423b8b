/** Whether everything is fresh, what the pipeline does, what came in, and what failed. */
import { type Asked, useAnswer } from '../../data/use-answer.ts'
import { freshSentence, headline, sumOf } from '../../model/standing.ts'
import { Shown } from '../../parts/section.tsx'
import { PipelineDocument, type PipelineQuery } from '../../queries.ts'
import { BatchPanel } from './batch.tsx'
import { Batches } from './batches.tsx'
import { ComparisonPanel } from './comparison.tsx'
import { DeadLetters } from './dead-letters.tsx'
import { Lineage } from './lineage.tsx'
import { PromotionPanel } from './promotion.tsx'
import { Refreshes } from './refreshes.tsx'
import { Sources } from './sources.tsx'
import { Versions } from './versions.tsx'

export type StageNode = PipelineQuery['stages'][number]
export type SourceNode = PipelineQuery['sources'][number]

export function Pipeline() {
  const asked = calm(useAnswer(PipelineDocument, {}, { every: howOften }))
  return (
    <>
      <Shown asked={asked} height={60}>
        {(data) => (
          <>
            <Standing data={data} />
            <Lineage data={data} now={asked.now} />
            <Versions stages={data.stages} />
            <Sources data={data} now={asked.now} />
          </>
        )}
      </Shown>
      <Batches isPulling={asked.data?.sources.some(({ pulling }) => pulling) ?? false} />
      <Refreshes />
      <DeadLetters />
      <BatchPanel />
      <ComparisonPanel stages={asked.data?.stages ?? []} />
      <PromotionPanel stages={asked.data?.stages ?? []} />
    </>
  )
}

function howOften(data: PipelineQuery | undefined): number {
  return data?.sources.some(({ pulling }) => pulling) ? 2_000 : 5_000
}

/** What is looked at every few seconds isn't old each time that it is. */
export function calm<Data>(asked: Asked<Data>): Asked<Data> {
  return { ...asked, isOld: false }
}

function Standing({ data }: { data: PipelineQuery }) {
  const answering = data.stages.map(({ versions }) => versions.find(({ state }) => state === 'ACTIVE'))
  const counts = answering.map((version) => version?.counts ?? null)
  const lacking = data.stages.flatMap(({ name }, index) => (answering[index]?.isInCode === false ? [name] : []))
  return (
    <>
      <h1>
        {headline({
          sources: data.sources,
          counts,
          lacking,
          deadLetters: data.deadLetters.totalCount,
          activities: data.activities.totalCount,
        })}
      </h1>
      <p class="lead">{freshSentence(sumOf(counts))}</p>
      <p class="quiet">
        Numbers are computed when somebody asks for them: what changed or nobody has asked for is computed then, so
        nobody ever reads one that is out of date.
      </p>
      {lacking.length > 0 && (
        <p class="failure" role="alert">
          <strong>This process’s build lacks the version that answers of {lacking.join(', ')}.</strong> It refuses what
          is read of that, and of what reads it. Ask a process that has it, or promote a version that this build has.
        </p>
      )}
    </>
  )
}
