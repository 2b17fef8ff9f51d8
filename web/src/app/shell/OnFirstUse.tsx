import { type ComponentType, lazy, Suspense, useMemo, useState } from 'react';

interface ButtonProps {
  onClick?: () => void;
  onPointerEnter?: () => void;
  onFocus?: () => void;
}

interface OnFirstUseProps {
  /** The button as it stands before its menu was ever asked for. */
  button: ComponentType<ButtonProps>;
  /** Loads button and menu together; drawn opened. */
  load: () => Promise<{ default: ComponentType }>;
}

/** A menu whose code comes when the pointer or the focus reaches its button, and opens at the first click. */
export function OnFirstUse({ button: Button, load }: OnFirstUseProps) {
  const [isWanted, setIsWanted] = useState(false);
  const Menu = useMemo(() => lazy(load), [load]);
  const preload = () => void load();
  const plain = <Button onClick={() => setIsWanted(true)} onPointerEnter={preload} onFocus={preload} />;
  if (!isWanted) return plain;
  return (
    <Suspense fallback={plain}>
      <Menu />
    </Suspense>
  );
}
