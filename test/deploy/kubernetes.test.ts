import { execFile, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Deployment } from 'kubernetes-types/apps/v1.d.ts'
import type { Job } from 'kubernetes-types/batch/v1.d.ts'
import type { Container, PodSpec, Service } from 'kubernetes-types/core/v1.d.ts'
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1.d.ts'
import { parse, parseAllDocuments } from 'yaml'
import { settings } from '../../src/config/config.ts'
import { DEFAULT_GRACE_SECONDS } from '../../src/model/limits.ts'
import { scratchFolder } from '../embedded/scratch.ts'
import { settingOf, stagesOf, variablesOf } from '../support/image.ts'

const ROOT = join(import.meta.dirname, '../..')
const FOLDER = join(ROOT, 'deploy/kubernetes')

/** What `kind`s are, in Kubernetes' own description of its API. */
const GROUPS: Readonly<Record<string, string>> = {
  'apps/v1': 'apps/v1',
  'batch/v1': 'batch/v1',
  v1: 'core/v1',
  'networking.k8s.io/v1': 'networking/v1',
  'policy/v1': 'policy/v1',
}

type Thing = { apiVersion: string; kind: string; metadata: { name: string } }

const read = (file: string) => readFileSync(join(FOLDER, file), 'utf8')
const kustomization = parse(read('kustomization.yaml'))
const things = (kustomization.resources as string[]).flatMap((file) =>
  parseAllDocuments(read(file)).map((document): Thing => document.toJS()),
)
const ofKind = <T>(kind: string) => things.filter((thing) => thing.kind === kind) as unknown as T[]

/** What all containers are given. */
const literals: Record<string, string> = Object.fromEntries(
  kustomization.configMapGenerator[0].literals.map((line: string) => line.split('=')),
)

const deployments = ofKind<Deployment>('Deployment')
const templates = [...deployments, ...ofKind<Job>('Job')].map(({ spec }) => spec?.template)
const pods = templates.map((template) => template?.spec as PodSpec)
const containers = pods.flatMap(({ containers }): Container[] => containers)

/** What the compiler says where things must be what Kubernetes knows; it refuses fields that aren't there. */
async function complaintsOf(those: readonly Thing[]): Promise<string[]> {
  const folder = scratchFolder()
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const lines = those.map((thing) => {
    const type = `import('kubernetes-types/${GROUPS[thing.apiVersion]}.d.ts').${thing.kind}`
    return `(${JSON.stringify(thing)}) satisfies ${type};\n`
  })
  writeFileSync(join(folder, 'things.ts'), lines.join(''))
  const tsc = join(ROOT, 'node_modules/.bin/tsc')
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--skipLibCheck', '--types', '', '--pretty', 'false']
  return promisify(execFile)(tsc, [...options, 'things.ts'], { cwd: folder }).then(
    () => [],
    ({ stdout }: { stdout: string }) => stdout.split('\n').filter((line) => line.startsWith('things.ts')),
  )
}

test('every file is one of the kustomization, and every thing is what Kubernetes says that it is', async () => {
  const files = readdirSync(FOLDER).filter((file) => file !== 'kustomization.yaml')
  expect([...kustomization.resources].sort()).toEqual(files.sort())
  expect(things.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort()).toEqual([
    'Deployment steelthread-api',
    'Deployment steelthread-worker',
    'Job steelthread-migrate',
    'NetworkPolicy steelthread',
    'NetworkPolicy steelthread-api',
    'PodDisruptionBudget steelthread-api',
    'PodDisruptionBudget steelthread-worker',
    'Service steelthread',
  ])
  expect(await complaintsOf(things)).toEqual([])
})

test('a field that is unknown, missing or of another type would be found', async () => {
  const [deployment] = structuredClone(deployments)
  const spec = deployment?.spec
  const container = spec?.template.spec?.containers[0]
  if (!deployment || !spec || !container) throw new Error('There is a deployment.')
  const variants = [
    { ...deployment, spec: { ...spec, replica: 2 } },
    { ...deployment, spec: { ...spec, template: { spec: { containers: [{ ...container, readinesProbe: {} }] } } } },
    { ...deployment, spec: { ...spec, selector: undefined } },
    { ...deployment, spec: { ...spec, replicas: '2' } },
    { ...deployment, kind: 'Deploiment' },
  ]
  for (const variant of variants) expect((await complaintsOf([variant as unknown as Thing])).length).toBeGreaterThan(0)
})

const hasKubectl = spawnSync('kubectl', ['kustomize', '--help']).status === 0
if (!hasKubectl) process.stdout.write('There is no kubectl here: the kustomization is not built.\n')
;(hasKubectl ? test : test.skip)('kubectl builds it', () => {
  const { stdout, stderr, status } = spawnSync('kubectl', ['kustomize', FOLDER], { encoding: 'utf8' })
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  expect(stdout.match(/^kind: /gm)).toHaveLength(things.length + 1)
})

test('what selects pods selects those that there are', () => {
  const labels = deployments.map(({ spec }) => spec?.template.metadata?.labels)
  expect(deployments.map(({ spec }) => spec?.selector.matchLabels)).toEqual(labels)
  const budgets = ofKind<PodDisruptionBudget>('PodDisruptionBudget').map(({ spec }) => spec?.selector?.matchLabels)
  const services = ofKind<Service>('Service').map(({ spec }) => spec?.selector)
  for (const selected of [...budgets, ...services]) expect(labels).toContainEqual(selected)
})

test('no container has more rights than it needs', () => {
  for (const { securityContext, automountServiceAccountToken, enableServiceLinks } of pods) {
    expect({ automountServiceAccountToken, enableServiceLinks, ...securityContext }).toMatchObject({
      automountServiceAccountToken: false,
      // Else the service's address would come as a variable.
      enableServiceLinks: false,
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    })
  }
  for (const { securityContext, resources } of containers) {
    expect(securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    expect(resources).toMatchObject({ requests: { cpu: expect.anything() }, limits: { memory: expect.anything() } })
  }
})

test('containers are of the image, by its user, with one of its commands', () => {
  const image = stagesOf(readFileSync(join(ROOT, 'deploy/Dockerfile'), 'utf8')).at(-1)
  if (!image) throw new Error('The Dockerfile has a stage.')
  const [uid, gid] = settingOf(image, 'USER').split(':').map(Number)
  for (const { securityContext } of pods) expect(securityContext).toMatchObject({ runAsUser: uid, runAsGroup: gid })
  expect(containers.map(({ args }) => args)).toEqual([['work'], ['serve'], ['migrate']])
  expect(kustomization.images.map(({ name }: { name: string }) => name)).toEqual(['steelthread'])
  expect(containers.map((container) => container.image)).toEqual(['steelthread', 'steelthread', 'steelthread'])
  expect(kustomization.images[0].newTag).toBe(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version)
  const port = Number(variablesOf(image.instructions.find((each) => each.getKeyword() === 'ENV') as never).PORT)
  const metrics = { name: 'metrics', containerPort: Number(literals.METRICS_PORT) }
  expect(containers.map(({ ports = [] }) => ports)).toEqual([
    [metrics],
    [{ name: 'http', containerPort: port }, metrics],
    [],
  ])
  for (const { ports = [], startupProbe, livenessProbe, readinessProbe } of containers) {
    const probed = [startupProbe, livenessProbe, readinessProbe].flatMap((probe) => probe?.httpGet?.port ?? [])
    expect(probed).toEqual(ports.length > 0 ? Array(3).fill(ports[0]?.name) : [])
  }
})

test('stopping is given more time than it can take', () => {
  expect(literals.STOP_GRACE).toBe(`${DEFAULT_GRACE_SECONDS}s`)
  const running = pods.filter(({ restartPolicy }) => restartPolicy !== 'Never')
  expect(running).toHaveLength(deployments.length)
  for (const { terminationGracePeriodSeconds, containers } of running) {
    const [, pause = 0] = containers[0]?.lifecycle?.preStop?.exec?.command?.map(Number) ?? []
    expect(terminationGracePeriodSeconds).toBeGreaterThan(pause + DEFAULT_GRACE_SECONDS + 8)
  }
})

describe('what is set', () => {
  const unit = readFileSync(join(ROOT, 'deploy/steelthread.service'), 'utf8')
  const inUnit = [...unit.matchAll(/^Environment=(.*)$/gm)].flatMap(([, line = '']) => line.split(' '))
  const inImage = stagesOf(readFileSync(join(ROOT, 'deploy/Dockerfile'), 'utf8'))
    .flatMap(({ instructions }) => instructions)
    .filter((each) => each.getKeyword() === 'ENV')
    .flatMap((each) => Object.keys(variablesOf(each)))
  const inPods = containers.flatMap(({ env = [] }) => env.map(({ name }) => name))
  const names = [...inUnit, ...inImage, ...inPods, ...Object.keys(literals)].map(
    (text: string) => text.split('=')[0] ?? '',
  )

  test('the service looks at', () => {
    expect(names.length).toBeGreaterThan(5)
    expect(names.filter((name) => name !== 'NODE_ENV' && !settings.includes(name))).toEqual([])
  })

  test('is nothing secret: that is in a secret, which is made by hand', () => {
    expect(names.filter((name) => /URL|CREDENTIALS|KEY|SECRET|PASSWORD|TOKEN/.test(name))).toEqual([])
    expect(things.map(({ kind }) => kind)).not.toContain('Secret')
    const texts = readdirSync(FOLDER).map(read).join('\n')
    expect(texts.match(/\w+:\/\/[^\s…]*:[^\s…]*@/g)).toBeNull()
    for (const { envFrom } of containers) {
      expect(envFrom).toEqual([{ configMapRef: { name: 'steelthread' } }, { secretRef: { name: 'steelthread' } }])
    }
  })
})
