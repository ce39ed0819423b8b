/** The stages that a number went through, from what is shown down to activities. */
import { spanName } from '../../model/calendar.ts'
import type { ExplainQuery } from '../../queries.ts'

export function Lineage({ data }: { data: ExplainQuery }) {
  const [group] = data.waste.nodes
  if (!group) return null
  const { stage, version, logic, reads } = group.provenance
  return (
    <>
      <h3>How it is computed</h3>
      <ol class="lineage">
        <li>
          <strong>{stage}</strong>, version {version} <span class="quiet">{logic.slice(0, 12)}</span>
          <br />
          {data.stages.find(({ name }) => name === stage)?.description}
        </li>
        {reads.map((read) => (
          <li key={read.stage}>
            which reads <strong>{read.stage}</strong>
            {read.version !== null && `, version ${read.version}`}, {spanName(read)}
            <br />
            {below(read.stage, data).map((text) => (
              <span key={text} class="quiet">
                {text}
              </span>
            ))}
          </li>
        ))}
      </ol>
    </>
  )
}

/** What a stage that is read reads itself, down to activities. */
function below(stage: string, data: ExplainQuery): string[] {
  const found = data.stages.find(({ name }) => name === stage)
  if (!found) return []
  return [
    `${found.description} It reads ${found.reads.join(', ')}.`,
    ...found.reads.flatMap((read) => below(read, data)),
  ]
}
