import { SpanKind, SpanStatusCode, trace, type Attributes, type Span } from '@opentelemetry/api';

/**
 * Does work inside a span. Only OpenTelemetry's API is ours: without an SDK in the process a span costs next to nothing
 * and goes nowhere. What an attribute says is ours too: counts, names from the configuration, identifiers; never text from outside.
 */
export async function inSpan<T>(
  name: string,
  attributes: Attributes,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  // Asked for each time: an SDK may be registered after this module was loaded.
  const tracer = trace.getTracer('tidemark');
  return tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      // The code of the failure alone: its message may quote what somebody else wrote.
      const code = (error as { readonly code?: unknown } | undefined)?.code;
      span.setStatus({ code: SpanStatusCode.ERROR, ...(typeof code === 'string' ? { message: code } : {}) });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** A span of an answer that was sent just now, named as OpenTelemetry's conventions for HTTP servers have it (1.23). */
export function answerSpan(answer: {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly milliseconds: number;
  /** When it was sent, in milliseconds since 1970. */
  readonly sentAt: number;
}): void {
  const { method, route, status, milliseconds, sentAt } = answer;
  const span = trace.getTracer('tidemark').startSpan(`${method} ${route}`, {
    kind: SpanKind.SERVER,
    startTime: sentAt - milliseconds,
    attributes: { 'http.request.method': method, 'http.route': route, 'http.response.status_code': status },
  });
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(sentAt);
}
