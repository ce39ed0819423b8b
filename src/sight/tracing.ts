/**
 * Traces what the process does, by OpenTelemetry. Spans are begun by hand (`model/spans.ts`): what instruments packages by itself
 * must be there before any is imported, and would tell the text of statements as it is.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import {
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { type Span as Part, type Tracing, traceBy } from '../model/spans.ts'

export interface TracingSettings {
  /** Where a collector takes OTLP over HTTP, without the path of traces. */
  endpoint: string
  serviceName: string
}

/** A collector that is away is told of so often at most. */
const SAY_MS = 60_000

/** Traces from now on, until the returned is called; what was gathered is sent before. @param onTrouble Told where spans can't be sent. */
export function startTracing(
  { endpoint, serviceName }: TracingSettings,
  onTrouble: (error: unknown) => void,
): () => Promise<void> {
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` })
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
  let saidAt = Number.NEGATIVE_INFINITY
  setGlobalErrorHandler((error) => {
    if (performance.now() - saidAt < SAY_MS) return
    saidAt = performance.now()
    onTrouble(error)
  })
  traceBy(tracingBy(provider))
  return async () => {
    traceBy(undefined)
    await provider.shutdown().catch(onTrouble)
  }
}

const KINDS = { asked: SpanKind.SERVER, asks: SpanKind.CLIENT }

function tracingBy(provider: BasicTracerProvider): Tracing {
  const tracer = provider.getTracer('steelthread')
  const propagator = new W3CTraceContextPropagator()
  const underWay = new AsyncLocalStorage<Span>()

  const contextOf = (parent: Span | undefined, traceparent: string | undefined) => {
    if (parent) return trace.setSpan(ROOT_CONTEXT, parent)
    return traceparent ? propagator.extract(ROOT_CONTEXT, { traceparent }, defaultTextMapGetter) : ROOT_CONTEXT
  }
  const run = async <T>(
    { name, kind, words, outcome, ...more }: Part<T>,
    work: () => Promise<T>,
    parent?: Span,
  ): Promise<T> => {
    const span = tracer.startSpan(
      name,
      { kind: kind ? KINDS[kind] : SpanKind.INTERNAL, attributes: words?.() ?? {} },
      contextOf(parent, more.traceparent),
    )
    try {
      const result = await underWay.run(span, work)
      const known = outcome?.(result)
      if (known) span.setAttributes(known)
      if (known?.['error.type'] !== undefined) span.setStatus({ code: SpanStatusCode.ERROR })
      return result
    } catch (error) {
      span.setAttribute('error.type', kindOf(error))
      span.setStatus({ code: SpanStatusCode.ERROR })
      throw error
    } finally {
      span.end()
    }
  }
  return {
    part: (span, work) => {
      const parent = underWay.getStore()
      return parent ? run(span, work, parent) : work()
    },
    whole: (span, work) => run(span, work, underWay.getStore()),
    traceparent: () => {
      const carrier: { traceparent?: string } = {}
      const span = underWay.getStore()
      if (span) propagator.inject(trace.setSpan(ROOT_CONTEXT, span), carrier, defaultTextMapSetter)
      return carrier.traceparent
    },
  }
}

/** A code, or what kind of error it is; its message may quote what rows hold. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
