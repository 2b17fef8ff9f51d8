import { TextArea } from '../../ui/Field.tsx';
import type { ConnectionDraft } from './connection-draft.ts';

interface AuthorityFieldProps {
  draft: ConnectionDraft;
  onChange: (draft: ConnectionDraft) => void;
  fields: Readonly<Record<string, string>>;
  hint: string;
}

/** Whose signature a server's certificate must have. */
export function AuthorityField({ draft, onChange, fields, hint }: AuthorityFieldProps) {
  return (
    <TextArea
      label="Certificate authority"
      isOptional
      isMono
      rows={3}
      placeholder="-----BEGIN CERTIFICATE-----"
      value={draft.tlsCa}
      onChange={(tlsCa) => onChange({ ...draft, tlsCa })}
      error={fields['tlsCa']}
      hint={hint}
    />
  );
}
