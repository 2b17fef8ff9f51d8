import { CopyButton } from '../../ui/CopyButton.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import css from './People.module.css';

/** The link by which a person chooses a password. It is shown once; a new one can be made any time. */
export function InvitationLink({ name, url, expiresAt }: { name: string; url: string; expiresAt: string | null }) {
  return (
    <div className={css.stack}>
      <p>
        Send this link to {name}. It works once
        {expiresAt && (
          <>
            {' '}
            and ends <RelativeTime at={expiresAt} />
          </>
        )}
        . It is shown only now.
      </p>
      <div className={css.link}>
        <input readOnly aria-label="Invitation link" value={url} onFocus={(event) => event.target.select()} />
        <CopyButton text={url} label="Copy link" />
      </div>
    </div>
  );
}
