import { SegmentField, SelectField, TextArea, TextField } from '../../ui/Field.tsx';
import { type ConnectionDraft, withEngine } from './connection-draft.ts';
import css from './Instances.module.css';
import { engineNames, type Instance, tlsChoices } from './instance-words.ts';

interface ConnectionFieldsProps {
  draft: ConnectionDraft;
  onChange: (draft: ConnectionDraft) => void;
  fields: Readonly<Record<string, string>>;
  /** An instance keeps its engine. */
  isEngineFixed?: boolean;
  passwordHint?: string;
}

const engines = Object.entries(engineNames).map(([value, label]) => ({ value: value as Instance['engine'], label }));

/** Where the server is and who connects to it. */
export function ConnectionFields({ draft, onChange, fields, isEngineFixed, passwordHint }: ConnectionFieldsProps) {
  const set = (patch: Partial<ConnectionDraft>) => onChange({ ...draft, ...patch });
  const needsCa = draft.tlsMode === 'verify-ca' || draft.tlsMode === 'verify-full';
  return (
    <>
      {!isEngineFixed && (
        <SegmentField
          label="Engine"
          value={draft.engine}
          choices={engines}
          onChange={(engine) => onChange(withEngine(draft, engine))}
        />
      )}
      <div className={css.hostRow}>
        <TextField
          label="Host or socket path"
          isMono
          required
          spellCheck={false}
          placeholder="db.example.com"
          value={draft.host}
          onChange={(host) => set({ host })}
          error={fields['host']}
        />
        <TextField
          label="Port"
          isMono
          required
          inputMode="numeric"
          value={draft.port}
          onChange={(port) => set({ port })}
          error={fields['port']}
        />
      </div>
      <div className={css.pair}>
        <TextField
          label="User name"
          isMono
          required
          spellCheck={false}
          value={draft.user}
          onChange={(user) => set({ user })}
          error={fields['user']}
          hint="It synchronises, makes temporary accounts and closes them. Nobody’s statement runs under it."
        />
        <TextField
          label="Password"
          type="password"
          autoComplete="new-password"
          value={draft.password}
          onChange={(password) => set({ password })}
          error={fields['password']}
          hint={passwordHint}
        />
      </div>
      <SelectField
        label="TLS"
        value={draft.tlsMode}
        choices={tlsChoices}
        onChange={(tlsMode) => set({ tlsMode })}
        error={fields['tlsMode']}
      />
      {needsCa && (
        <TextArea
          label="Certificate authority"
          isOptional
          isMono
          rows={4}
          placeholder="-----BEGIN CERTIFICATE-----"
          value={draft.tlsCa}
          onChange={(tlsCa) => set({ tlsCa })}
          error={fields['tlsCa']}
          hint="PEM. Without one, the authorities of this machine and of Amazon RDS are used."
        />
      )}
    </>
  );
}
