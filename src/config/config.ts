import { z } from 'zod';
import { auditConfig } from '../audit/config.ts';
import { serveConfig } from '../daemon/config.ts';
import { alertsConfig } from '../findings/alerts/config.ts';
import { exposureConfig } from '../exposure/config.ts';
import { reconConfig } from '../recon/config.ts';
import { schedulesConfig, scopeConfig } from '../scope/config.ts';
import { serverConfig } from '../server/config.ts';
import { sinksConfig } from '../sinks/config.ts';
import { storeConfig } from '../store/config.ts';

/** tidemark.yaml as a whole: one key per room. */
export const configSchema = z
  .strictObject({
    store: storeConfig.prefault({}).describe(storeConfig.description ?? ''),
    exposure: exposureConfig,
    recon: reconConfig,
    scope: scopeConfig,
    schedules: schedulesConfig,
    sinks: sinksConfig,
    alerts: alertsConfig,
    audit: auditConfig,
    serve: serveConfig,
    server: serverConfig,
  })
  .meta({ title: 'tidemark.yaml', description: 'Configuration of Tidemark.' });

/** The configuration in effect, every default filled in and every path absolute. */
export type Config = z.output<typeof configSchema>;
