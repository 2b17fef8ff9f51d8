import type { Call } from '../../api/client.ts';
import { type Instance, usualPorts } from './instance-words.ts';

/** The connection of an instance as it is being written. */
export interface ConnectionDraft {
  readonly engine: Instance['engine'];
  readonly host: string;
  readonly port: string;
  readonly user: string;
  readonly password: string;
  readonly tlsMode: Instance['tlsMode'];
  readonly tlsCa: string;
}

export const emptyConnection: ConnectionDraft = {
  engine: 'postgresql',
  host: '',
  port: String(usualPorts.postgresql),
  user: '',
  password: '',
  tlsMode: 'prefer',
  tlsCa: '',
};

/** Another engine brings its usual port, unless another one was typed. */
export function withEngine(draft: ConnectionDraft, engine: Instance['engine']): ConnectionDraft {
  const isUsual = draft.port === '' || draft.port === String(usualPorts[draft.engine]);
  return { ...draft, engine, port: isUsual ? String(usualPorts[engine]) : draft.port };
}

export function connectionBody(draft: ConnectionDraft): Omit<Call<'POST /instances/test'>['body'], 'instanceId'> {
  return {
    engine: draft.engine,
    host: draft.host.trim(),
    port: Number(draft.port),
    user: draft.user.trim(),
    tlsMode: draft.tlsMode,
    tlsCa: draft.tlsCa.trim() === '' ? null : draft.tlsCa,
  };
}

export function isConnectionComplete(draft: ConnectionDraft): boolean {
  const port = Number(draft.port);
  return draft.host.trim() !== '' && draft.user.trim() !== '' && Number.isInteger(port) && port > 0 && port < 65_536;
}
