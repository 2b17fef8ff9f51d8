import { type ComponentType, useState } from 'react';
import type { OnDemand } from '../../ui/on-demand.tsx';

interface ButtonProps {
  onClick?: () => void;
  onPointerEnter?: () => void;
  onFocus?: () => void;
}

interface OnFirstUseProps {
  /** The button as it stands before its menu was ever asked for. */
  button: ComponentType<ButtonProps>;
  /** Button and menu together, drawn opened. */
  menu: OnDemand<object>;
}

/** A menu whose code comes when the pointer or the focus reaches its button, and opens at the first click. */
export function OnFirstUse({ button: Button, menu: Menu }: OnFirstUseProps) {
  const [isWanted, setIsWanted] = useState(false);
  const preload = () => void Menu.preload();
  const plain = <Button onClick={() => setIsWanted(true)} onPointerEnter={preload} onFocus={preload} />;
  return isWanted ? <Menu fallback={plain} /> : plain;
}
