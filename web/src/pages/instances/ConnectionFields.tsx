import { SegmentField, SelectField, TextField } from '../../ui/Field.tsx';
import { AuthorityField } from './AuthorityField.tsx';
import { type ConnectionDraft, withEngine } from './connection-draft.ts';
import { IamFields } from './IamFields.tsx';
import css from './Instances.module.css';
import { engineNames, type Instance, methodNames, tlsChoices } from './instance-words.ts';

export interface ConnectionFieldsProps {
  draft: ConnectionDraft;
  onChange: (draft: ConnectionDraft) => void;
  fields: Readonly<Record<string, string>>;
  /** The region that the host's name tells, for AWS RDS IAM. */
  foundRegion: string | null;
  /** A saved instance keeps its engine, and secrets that are left empty. */
  isSaved?: boolean;
}

const engines = Object.entries(engineNames).map(([value, label]) => ({ value: value as Instance['engine'], label }));
const methods = Object.entries(methodNames).map(([value, label]) => ({
  value: value as Instance['connectionMethod'],
  label,
}));

/** Where the server is, who connects to it, and by what. */
export function ConnectionFields(props: ConnectionFieldsProps) {
  const { draft, onChange, fields, isSaved } = props;
  const set = (patch: Partial<ConnectionDraft>) => onChange({ ...draft, ...patch });
  const isIam = draft.method === 'aws_iam';
  return (
    <>
      {!isSaved && (
        <SegmentField
          label="Engine"
          value={draft.engine}
          choices={engines}
          onChange={(engine) => onChange(withEngine(draft, engine))}
        />
      )}
      <SegmentField
        label="Connection method"
        value={draft.method}
        choices={methods}
        onChange={(method) => set({ method })}
      />
      <div className={css.hostRow}>
        <TextField
          label={isIam ? 'Host' : 'Host or socket path'}
          isMono
          required
          spellCheck={false}
          placeholder={isIam ? 'hr.cluster-….eu-central-1.rds.amazonaws.com' : 'db.example.com'}
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
        {isIam ? <Region {...props} /> : <Password {...props} />}
      </div>
      {isIam ? <IamFields {...props} /> : <PasswordTls {...props} />}
    </>
  );
}

function Password({ draft, onChange, fields, isSaved }: ConnectionFieldsProps) {
  return (
    <TextField
      label="Password"
      type="password"
      autoComplete="new-password"
      value={draft.password}
      onChange={(password) => onChange({ ...draft, password })}
      error={fields['password']}
      hint={isSaved ? 'Leave it empty to keep the saved one.' : undefined}
    />
  );
}

function Region({ draft, onChange, fields, foundRegion }: ConnectionFieldsProps) {
  return (
    <TextField
      label="AWS region"
      isMono
      isOptional={foundRegion !== null}
      spellCheck={false}
      placeholder={foundRegion ?? 'eu-central-1'}
      value={draft.iam.region}
      onChange={(region) => onChange({ ...draft, iam: { ...draft.iam, region } })}
      error={fields['awsIam.region']}
      hint={
        foundRegion === null
          ? 'Read from the name of a standard endpoint; needed for names of your own.'
          : `Read from the host’s name: ${foundRegion}.`
      }
    />
  );
}

function PasswordTls({ draft, onChange, fields }: ConnectionFieldsProps) {
  const needsCa = draft.tlsMode === 'verify-ca' || draft.tlsMode === 'verify-full';
  return (
    <>
      <SelectField
        label="TLS"
        value={draft.tlsMode}
        choices={tlsChoices}
        onChange={(tlsMode) => onChange({ ...draft, tlsMode })}
        error={fields['tlsMode']}
      />
      {needsCa && (
        <AuthorityField
          draft={draft}
          onChange={onChange}
          fields={fields}
          hint="PEM. Without one, the authorities of this machine and of Amazon RDS are used."
        />
      )}
    </>
  );
}
