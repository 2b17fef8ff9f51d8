import { useState } from 'react';
import { Button } from './Button.tsx';
import { IconApprove, IconCopy } from './icons.ts';
import { notify } from './notices.ts';

const saysSoMs = 1500;

/** Copies a text and says so in its own place. */
export function CopyButton(props: { text: string; label?: string; className?: string | undefined }) {
  const { text, label = 'Copy', className } = props;
  const [isCopied, setIsCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setIsCopied(true);
      setTimeout(() => setIsCopied(false), saysSoMs);
    } catch {
      // Browsers refuse the clipboard outside of https and localhost.
      notify('The browser did not allow copying. Select the text and copy it by hand.', 'failed');
    }
  };
  return (
    <Button isSmall className={className} onClick={() => void copy()}>
      {isCopied ? <IconApprove aria-hidden="true" /> : <IconCopy aria-hidden="true" />}
      {isCopied ? 'Copied' : label}
    </Button>
  );
}
