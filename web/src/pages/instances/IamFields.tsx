import { SegmentField, TextField } from '../../ui/Field.tsx';
import { AuthorityField } from './AuthorityField.tsx';
import type { ConnectionDraft } from './connection-draft.ts';
import css from './Instances.module.css';
import type { AccountSignIn, CredentialsKind, IamDraft } from './iam-draft.ts';

interface IamFieldsProps {
  draft: ConnectionDraft;
  onChange: (draft: ConnectionDraft) => void;
  fields: Readonly<Record<string, string>>;
  isSaved?: boolean;
}

type PartProps = {
  iam: IamDraft;
  set: (patch: Partial<IamDraft>) => void;
  fields: Readonly<Record<string, string>>;
  isSaved: boolean;
};

const credentialChoices = [
  { value: 'server', label: 'The server’s own' },
  { value: 'role', label: 'A role to assume' },
  { value: 'keys', label: 'Keys for this instance' },
] as const satisfies readonly { value: CredentialsKind; label: string }[];

const credentialHints: Readonly<Record<CredentialsKind, string>> = {
  server:
    'What the Tidegate server runs with: environment, profile, ECS task, EKS pod or EC2 instance role. Picked up anew when it rotates.',
  role: 'The server’s own credentials assume it, also in another account, and anew before it runs out. CloudTrail names the session after Tidegate.',
  keys: 'Sealed in Tidegate’s store and used for this instance alone. A role is safer: it leaves nothing to steal.',
};

const signInChoices = [
  { value: 'password', label: 'Random passwords' },
  { value: 'iam', label: 'IAM tokens' },
] as const satisfies readonly { value: AccountSignIn; label: string }[];

const signInHints: Readonly<Record<AccountSignIn, string>> = {
  password: 'Each temporary account has a random password of its own, over TLS, until it is dropped.',
  iam: 'Not even a temporary password exists. The policy must then cover the temporary accounts too.',
};

/** Whose credentials make the tokens, and how temporary accounts sign in. */
export function IamFields({ draft, onChange, fields, isSaved = false }: IamFieldsProps) {
  const { iam } = draft;
  const set = (patch: Partial<IamDraft>) => onChange({ ...draft, iam: { ...iam, ...patch } });
  const parts = { iam, set, fields, isSaved };
  return (
    <>
      <div>
        <SegmentField
          label="AWS credentials"
          value={iam.credentials}
          choices={credentialChoices}
          onChange={(credentials) => set({ credentials })}
        />
        <p className={css.choiceHint}>{credentialHints[iam.credentials]}</p>
      </div>
      {iam.credentials === 'role' && <RoleFields {...parts} />}
      {iam.credentials === 'keys' && <KeyFields {...parts} />}
      <div>
        <SegmentField
          label="Temporary accounts sign in with"
          value={iam.accountSignIn}
          choices={signInChoices}
          onChange={(accountSignIn) => set({ accountSignIn })}
        />
        <p className={css.choiceHint}>{signInHints[iam.accountSignIn]}</p>
      </div>
      <details className={css.more} open={iam.tokenHost !== '' || undefined}>
        <summary>Dialled under another name than the endpoint’s</summary>
        <TokenPlace {...parts} />
      </details>
      <AuthorityField
        draft={draft}
        onChange={onChange}
        fields={fields}
        hint="TLS is always on, with certificate and host name checked. Without an authority of your own, those of Amazon RDS are used; they come with Tidegate."
      />
    </>
  );
}

function RoleFields({ iam, set, fields }: PartProps) {
  return (
    <>
      <TextField
        label="Role ARN"
        isMono
        required
        spellCheck={false}
        placeholder="arn:aws:iam::123456789012:role/tidegate"
        value={iam.roleArn}
        onChange={(roleArn) => set({ roleArn })}
        error={fields['awsIam.credentials.roleArn']}
      />
      <TextField
        label="External id"
        isMono
        isOptional
        spellCheck={false}
        value={iam.externalId}
        onChange={(externalId) => set({ externalId })}
        error={fields['awsIam.credentials.externalId']}
        hint="As the role’s trust policy demands it."
      />
    </>
  );
}

function KeyFields({ iam, set, fields, isSaved }: PartProps) {
  return (
    <>
      <div className={css.pair}>
        <TextField
          label="Access key id"
          isMono
          required
          spellCheck={false}
          value={iam.accessKeyId}
          onChange={(accessKeyId) => set({ accessKeyId })}
          error={fields['awsIam.credentials.accessKeyId']}
        />
        <TextField
          label="Secret access key"
          type="password"
          autoComplete="new-password"
          value={iam.secretAccessKey}
          onChange={(secretAccessKey) => set({ secretAccessKey })}
          error={fields['awsIam.credentials.secretAccessKey']}
          hint={isSaved ? 'Leave it empty to keep the saved one.' : undefined}
        />
      </div>
      <TextField
        label="Session token"
        type="password"
        autoComplete="new-password"
        isOptional
        value={iam.sessionToken}
        onChange={(sessionToken) => set({ sessionToken })}
        error={fields['awsIam.credentials.sessionToken']}
        hint="Keys with a session token end after some hours; the instance then cannot be reached."
      />
    </>
  );
}

function TokenPlace({ iam, set, fields }: PartProps) {
  return (
    <div className={css.hostRow}>
      <TextField
        label="Endpoint for the token"
        isMono
        isOptional
        spellCheck={false}
        placeholder="hr.cluster-….eu-central-1.rds.amazonaws.com"
        value={iam.tokenHost}
        onChange={(tokenHost) => set({ tokenHost })}
        error={fields['awsIam.tokenHost']}
        hint="Through a tunnel or a name of your own, the token and the certificate are still the endpoint’s."
      />
      <TextField
        label="Its port"
        isMono
        isOptional
        inputMode="numeric"
        value={iam.tokenPort}
        onChange={(tokenPort) => set({ tokenPort })}
        error={fields['awsIam.tokenPort']}
      />
    </div>
  );
}
