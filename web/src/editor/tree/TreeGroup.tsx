import type { ReactNode } from 'react';

/** The items inside an item of the tree; with a label, a part of the tree. */
export function TreeGroup({ label, children }: { label?: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of tree items, not of form fields
    <div role="group" aria-label={label}>
      {children}
    </div>
  );
}
