/** Who is logged in, and the way out; nothing where nobody is asked who that is. */
import { useAnswer } from '../data/use-answer.ts'
import { useWho } from '../data/who.ts'
import { listed } from '../model/figures.ts'
import { SeenDocument } from '../queries.ts'

export function Account() {
  const { caller, logOut } = useWho()
  const { data } = useAnswer(SeenDocument, caller.isLimited ? {} : null)
  if (!logOut) return null
  const seen = data && [...data.caller.teams, ...data.caller.users].map(({ name }) => name)
  return (
    <p class="account">
      <span title={seen?.join(', ')}>
        {caller.name}, {caller.isLimited ? `sees ${seen ? listed(seen) || 'nobody' : '…'}` : caller.role.toLowerCase()}
      </span>{' '}
      <button type="button" class="small-button" onClick={() => void logOut()}>
        Log out
      </button>
    </p>
  )
}
