import { Drawer as MantineDrawer, Modal } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';

interface DialogProps {
  title: ReactNode;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
  width?: number;
}

const parts = {
  overlay: 'dialog-veil',
  header: 'dialog-head',
  title: 'dialog-title',
  close: 'dialog-close',
  body: 'dialog-body',
};
const shared = {
  closeButtonProps: { 'aria-label': 'Close', iconSize: 16 },
  transitionProps: { transition: 'fade', duration: 90 },
  overlayProps: { transitionProps: { duration: 90 } },
  lockScroll: false,
} as const;

/** A dialog that is taken away while it is open loses the focus with it: it goes back to where it came from. */
function useFocusBack(): void {
  const before = useRef(document.activeElement);
  useEffect(
    () => () => {
      const isLost = document.activeElement === null || document.activeElement === document.body;
      if (isLost && before.current instanceof HTMLElement) before.current.focus();
    },
    [],
  );
}

/** A question or a short form over the screen. Escape and the veil close it; focus stays inside and returns after. */
export function Dialog({ title, isOpen, onClose, children, width = 480 }: DialogProps) {
  useFocusBack();
  return (
    <Modal
      {...shared}
      opened={isOpen}
      onClose={onClose}
      title={title}
      classNames={{ ...parts, inner: 'dialog-inner', content: 'dialog' }}
      styles={{ content: { maxWidth: width } }}
    >
      {children}
    </Modal>
  );
}

/** A longer form or detail at the right, with the list still in sight. */
export function Drawer({ title, isOpen, onClose, children, width = 560 }: DialogProps) {
  useFocusBack();
  return (
    <MantineDrawer
      {...shared}
      position="right"
      opened={isOpen}
      onClose={onClose}
      title={title}
      classNames={{ ...parts, inner: 'drawer-inner', content: 'drawer' }}
      styles={{ content: { maxWidth: width } }}
    >
      {children}
    </MantineDrawer>
  );
}
