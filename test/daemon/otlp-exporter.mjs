// What `--import` loads in a daemon under test in the place of OpenTelemetry's SDK: a tracer provider that sends what
// ends to a collector, as OTLP/HTTP has it with JSON (opentelemetry-proto 1.3, trace.proto; enums as numbers).
import { randomBytes } from 'node:crypto';
import { ROOT_CONTEXT, trace } from '@opentelemetry/api';

const url = `${process.env.OTEL_EXPORTER_OTLP_ENDPOINT}/v1/traces`;

/** Nanoseconds since 1970 as decimal digits. */
const nanos = (millis) => `${BigInt(Math.round(millis * 1e3)) * 1000n}`;
const valueOf = (value) =>
  typeof value === 'number' ? { intValue: String(value) } : { stringValue: String(value) };

function send(scope, span) {
  const attributes = Object.entries(span.attributes).map(([key, value]) => ({ key, value: valueOf(value) }));
  const body = {
    resourceSpans: [{ scopeSpans: [{ scope: { name: scope }, spans: [{ ...span, attributes }] }] }],
  };
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => undefined);
}

function tracerOf(scope) {
  const startSpan = (name, options = {}, context = ROOT_CONTEXT) => {
    const parent = trace.getSpanContext(context);
    const span = {
      traceId: parent?.traceId ?? randomBytes(16).toString('hex'),
      spanId: randomBytes(8).toString('hex'),
      name,
      // OTLP counts kinds from 1.
      kind: (options.kind ?? 0) + 1,
      startTimeUnixNano: nanos(options.startTime ?? Date.now()),
      attributes: { ...options.attributes },
      status: {},
    };
    return {
      spanContext: () => ({ traceId: span.traceId, spanId: span.spanId, traceFlags: 1 }),
      setAttribute(key, value) {
        span.attributes[key] = value;
        return this;
      },
      setStatus(status) {
        span.status = status;
        return this;
      },
      end(at) {
        send(scope, { ...span, endTimeUnixNano: nanos(at ?? Date.now()) });
      },
    };
  };
  return { startSpan, startActiveSpan: (name, options, work) => work(startSpan(name, options)) };
}

trace.setGlobalTracerProvider({ getTracer: tracerOf });
