/** What a replay would do. */
import { count, signedHours } from '../../model/figures.ts'
import { PROBLEMS, replayWords } from '../../model/quarantine.ts'
import type { PreviewReplayMutation } from '../../queries.ts'

export function Rehearsal({ preview }: { preview: PreviewReplayMutation['previewReplay'] }) {
  const { stay, activities, vaSeconds, nvaSeconds, received, quarantined } = preview
  return (
    <div class="note">
      <p>
        <strong>Rehearsed, nothing was changed.</strong> {replayWords(preview, true)}
      </p>
      {stay.length > 0 && (
        <>
          <p>Why {quarantined === received ? 'none would be released' : 'rows would stay'}:</p>
          <ul>
            {stay.map(({ code, count: number }) => (
              <li key={code}>
                {PROBLEMS[code].title}: {count(number)}. {PROBLEMS[code].advice}
              </li>
            ))}
          </ul>
        </>
      )}
      <p>
        In the numbers: {signed(activities)} activities, {signedHours(vaSeconds)} hours with value,{' '}
        {signedHours(nvaSeconds)} hours without.
      </p>
    </div>
  )
}

function signed(number: number): string {
  return number === 0 ? '±0' : `${number > 0 ? '+' : '−'}${count(Math.abs(number))}`
}
