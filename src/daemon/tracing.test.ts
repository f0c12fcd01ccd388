import {
  context,
  trace,
  type Attributes,
  type Span,
  type SpanOptions,
  type SpanStatus,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Fault } from '../fault/fault.ts';
import { answerSpan, inSpan } from './tracing.ts';

/** A span as it ended. */
interface Recorded {
  readonly name: string;
  readonly attributes: Attributes;
  readonly options: SpanOptions;
  status: SpanStatus | undefined;
  end: unknown;
}
const ended: Recorded[] = [];

/** A tracer provider that keeps what ends. */
class Recorder implements TracerProvider {
  getTracer(name: string): Tracer {
    const startSpan = (spanName: string, options: SpanOptions = {}): Span => {
      const recorded: Recorded = {
        name: `${name}/${spanName}`,
        attributes: { ...options.attributes },
        options,
        status: undefined,
        end: undefined,
      };
      const span: Partial<Span> = {
        setAttribute: (key, value) => {
          Object.assign(recorded.attributes, { [key]: value });
          return span as Span;
        },
        setStatus: (status) => {
          recorded.status = status;
          return span as Span;
        },
        end: (at) => {
          recorded.end = at;
          ended.push(recorded);
        },
      };
      return span as Span;
    };
    return {
      startSpan,
      startActiveSpan: ((spanName: string, options: SpanOptions, work: (span: Span) => unknown) => {
        const span = startSpan(spanName, options);
        return context.with(trace.setSpan(context.active(), span), () => work(span));
      }) as Tracer['startActiveSpan'],
    };
  }
}

beforeAll(() => {
  trace.setGlobalTracerProvider(new Recorder());
});
afterAll(() => {
  trace.disable();
});
beforeEach(() => {
  ended.length = 0;
});

test('work is recorded with its attributes, and its answer is given', async () => {
  const answer = await inSpan('tidemark.import', { 'tidemark.files': 3 }, async (span) => {
    span.setAttribute('tidemark.scans', 2);
    expect(ended).toEqual([]);
    return 'done';
  });
  expect(answer).toBe('done');
  expect(ended).toMatchObject([
    {
      name: 'tidemark/tidemark.import',
      attributes: { 'tidemark.files': 3, 'tidemark.scans': 2 },
      status: undefined,
    },
  ]);
});

test('a failure is recorded by its code alone: its words may be somebody else’s', async () => {
  const failing = inSpan('tidemark.assessment', {}, async () => {
    throw new Fault('parse/malformed', 'said \u001b[31m by a banner', 'x');
  });
  await expect(failing).rejects.toThrow('banner');
  expect(ended).toMatchObject([
    { name: 'tidemark/tidemark.assessment', status: { code: 2, message: 'parse/malformed' } },
  ]);
  expect(JSON.stringify(ended)).not.toContain('banner');
});

test('an answer is recorded with the time that it took', () => {
  answerSpan({
    method: 'GET',
    route: '/api/v1/hosts/:address',
    status: 200,
    milliseconds: 20,
    sentAt: 1_000,
  });
  answerSpan({ method: 'POST', route: 'other', status: 500, milliseconds: 1, sentAt: 2_000 });
  expect(ended).toMatchObject([
    {
      name: 'tidemark/GET /api/v1/hosts/:address',
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/api/v1/hosts/:address',
        'http.response.status_code': 200,
      },
      options: { kind: 1, startTime: 980 },
      end: 1_000,
      status: undefined,
    },
    { name: 'tidemark/POST other', status: { code: 2 } },
  ]);
});
