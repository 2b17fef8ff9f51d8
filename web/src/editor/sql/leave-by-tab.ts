import { EditorView } from '@codemirror/view';

const modifiers = new Set(['Shift', 'Control', 'Alt', 'Meta']);

/**
 * In the text Tab indents. After Escape it goes on to what comes next, however long one takes to press it, until another
 * key is pressed or the text is left.
 */
export const leaveByTab = EditorView.domEventObservers({
  keydown: ({ key }, view) => {
    if (key === 'Escape') view.setTabFocusMode(true);
    else if (key !== 'Tab' && !modifiers.has(key)) view.setTabFocusMode(false);
  },
  blur: (_event, view) => view.setTabFocusMode(false),
});
