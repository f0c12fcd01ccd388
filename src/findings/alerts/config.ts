import * as z from 'zod';
import { isTimeZone, WEEKDAYS } from '../../scope/window.ts';
import { SEVERITIES, type Severity } from '../severity.ts';

const clock = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 08:00')
  .meta({ description: 'Local time, e.g. 08:00.' });

/** The `alerts` section of the configuration. */
export const alertsConfig = z
  .strictObject({
    budget: z.int().min(0).max(1000).default(5).meta({
      description:
        'Alerts a day that people are to be sent: the one number to turn. What is urgent goes out beyond it; the rest goes into the digest.',
    }),
    timeZone: z
      .string()
      .refine(isTimeZone, 'must be a time zone of the IANA database, such as Europe/Zurich')
      .default('UTC')
      .meta({ description: 'Time zone of the day, the digest and the quiet hours.' }),
    digestAt: clock.default('08:00').meta({
      description:
        'When the digest of what was not sent goes out, in local time; a day without any has none.',
    }),
    quietHours: z
      .strictObject({
        from: clock,
        to: clock.meta({ description: 'Local time; at or before "from" means on the next day.' }),
        days: z
          .array(z.enum(WEEKDAYS))
          .min(1)
          .default([...WEEKDAYS])
          .meta({ description: 'Days on which they begin.' }),
      })
      .optional()
      .meta({
        description:
          'Hours in which nothing is sent but what is critical, or an attempt on a service that we know to be open.',
      }),
    minSeverity: z
      .enum(SEVERITIES as [Severity, ...Severity[]])
      .default('low')
      .meta({ description: 'What is milder is no alert: it goes into the digest, unless it is urgent.' }),
  })
  .prefault({})
  .meta({
    description: 'Which findings become alerts, for sinks that are told alerts (sinks[].tell).',
  });

/** What may be said of alerts. */
export type AlertsConfig = z.output<typeof alertsConfig>;
