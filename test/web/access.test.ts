/** What the page asks for whoever looks at it they may ask. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { concatAST, type OperationDefinitionNode, parse } from 'graphql'
import { AccessCheck } from '../../src/api/access/access-check.ts'
import { apiSchema } from '../../src/api/schema.ts'
import { type Caller, Role } from '../../src/model/caller.ts'

const WEB = join(import.meta.dirname, '../../src/web')
const files = readdirSync(WEB, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.graphql'))
const document = concatAST(files.map((file) => parse(readFileSync(join(WEB, file), 'utf8'))))
const operations = document.definitions.filter(
  (definition): definition is OperationDefinitionNode => definition.kind === 'OperationDefinition',
)
const access = new AccessCheck(await apiSchema())

/** Names of the operations that somebody is refused. */
function refusedTo(role: Role, isLimited = false): string[] {
  const scope = isLimited ? { teamIds: [], userIds: [] } : null
  const caller: Caller = { role, name: role, id: role, scope, sources: null }
  return operations.flatMap((operation) => {
    try {
      // With the fragments that it uses, as the page sends it.
      access.check(usedBy(operation), operation, caller)
      return []
    } catch {
      return [operation.name?.value ?? '']
    }
  })
}

function usedBy(operation: OperationDefinitionNode): typeof document {
  const used = new Map<string, string>()
  const find = (text: string) => {
    for (const [, name = ''] of text.matchAll(/\.\.\.\s?(\w+)/g)) {
      const fragment = document.definitions.find(
        (each) => each.kind === 'FragmentDefinition' && each.name.value === name,
      )
      const body = fragment?.loc?.source.body.slice(fragment.loc.start, fragment.loc.end)
      if (!body || used.has(name)) continue
      used.set(name, body)
      find(body)
    }
  }
  const { loc } = operation
  find(loc?.source.body.slice(loc.start, loc.end) ?? '')
  const fragments = [...used.keys()]
  return {
    ...document,
    definitions: document.definitions.filter(
      (each) => each === operation || (each.kind === 'FragmentDefinition' && fragments.includes(each.name.value)),
    ),
  }
}

const DEEDS = [
  ...['DeadLetters', 'DiscardQuarantine', 'DiscardQuarantineWhere', 'DropDeadLetters', 'PreviewReplay', 'PromoteStage'],
  ...['Redeliver', 'ReopenQuarantine', 'ReplayQuarantine', 'SyncSource'],
]

test('an admin and an operator are refused nothing', () => {
  expect(refusedTo(Role.ADMIN)).toEqual([])
  expect(refusedTo(Role.OPERATOR)).toEqual([])
})

test('a viewer is refused what changes something, for which the page has no button then', () => {
  expect(refusedTo(Role.VIEWER).sort()).toEqual(DEEDS.filter((name) => name !== 'DeadLetters'))
})

test('a limited viewer is refused what tells of everybody, for which the page has no link, or asks less', () => {
  const seenOtherwise = ['ActivitiesIngested', 'Contributions', 'Pulse', 'SourceRow', 'Promotions']
  const ofOtherViews = [
    ...[
      'Pipeline',
      'Batches',
      'Batch',
      'CompareVersions',
      'PlanPromotion',
      'DeadLetters',
      'RowsQuarantined',
      'SourceChanged',
    ],
    ...['SlicesRefreshed', 'QuarantineGroups', 'QuarantinePage', 'QuarantineIds'],
  ]
  expect(refusedTo(Role.VIEWER, true).sort()).toEqual(
    [...new Set([...seenOtherwise, ...ofOtherViews, ...DEEDS])].sort(),
  )
})

test('an ingester may ask who it is', () => {
  expect(refusedTo(Role.INGESTER)).not.toContain('Caller')
})
