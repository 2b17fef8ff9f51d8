import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const mono = 'var(--font-mono)';

/** Colours come from the tokens, so that both themes need nothing but the page's. */
const theme = EditorView.theme({
  '&': { height: '100%', backgroundColor: 'var(--surface)', color: 'var(--text)', fontSize: '13px' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: mono, fontVariantLigatures: 'none', lineHeight: '20px' },
  '.cm-content': { padding: '8px 0', caretColor: 'var(--text)' },
  '.cm-line': { padding: '0 12px 0 8px' },
  '.cm-cursor': { borderLeftColor: 'var(--text)', borderLeftWidth: '1.5px' },
  '.cm-gutters': { backgroundColor: 'var(--surface)', color: 'var(--text-faint)', border: 'none', fontSize: '11px' },
  '.cm-lineNumbers .cm-gutterElement': {
    minWidth: '40px',
    padding: '0 8px 0 4px',
    borderLeft: '3px solid transparent',
  },
  '.cm-gutterElement.tg-run-gutter': { borderLeftColor: 'var(--teal-line)', color: 'var(--text-soft)' },
  '.cm-gutterElement.tg-error-gutter': { borderLeftColor: 'var(--red-line)', color: 'var(--red)' },
  '.tg-run-line': { backgroundColor: 'color-mix(in srgb, var(--teal-line) 6%, transparent)' },
  '.tg-error-line': { backgroundColor: 'color-mix(in srgb, var(--red-line) 9%, transparent)' },
  '.tg-error': {
    textDecoration: 'underline wavy var(--red-line)',
    textUnderlineOffset: '3px',
    textDecorationSkipInk: 'none',
  },
  '.tg-granted': { borderBottom: '1px solid var(--teal-line)' },
  '.tg-requestable': { borderBottom: '2px dashed var(--amber-line)' },
  '.tg-out-of-reach': { borderBottom: '2px dotted var(--red-line)', color: 'var(--text-faint)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--teal) 24%, transparent)',
  },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': {
    backgroundColor: 'var(--sunken)',
    outline: '1px solid var(--line-strong)',
  },
  '.cm-placeholder': { color: 'var(--text-faint)' },
  '.cm-tooltip': {
    border: '1px solid var(--line-strong)',
    borderRadius: 'var(--radius-large)',
    backgroundColor: 'var(--surface)',
    boxShadow: 'var(--float-shadow)',
    color: 'var(--text)',
    overflow: 'hidden',
  },
  '.tg-says': { maxWidth: '360px', padding: '4px 8px', fontSize: '12px', lineHeight: '16px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: mono, fontSize: '12px', maxHeight: '16em', padding: '4px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': {
    display: 'flex',
    gap: '8px',
    alignItems: 'baseline',
    padding: '3px 8px',
    borderRadius: '3px',
    lineHeight: '18px',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'var(--teal-soft)',
    color: 'var(--text)',
  },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700', color: 'var(--teal)' },
  '.cm-completionDetail': { marginLeft: 'auto', fontStyle: 'normal', color: 'var(--text-faint)', fontSize: '11px' },
  '.cm-panels': { backgroundColor: 'var(--sunken)', color: 'var(--text)' },
  '.cm-panels-bottom': { borderTop: '1px solid var(--line)' },
  '.cm-panel.cm-search': { padding: '6px 8px', fontFamily: 'var(--font-sans)', fontSize: '12px' },
  '.cm-textfield': {
    border: '1px solid var(--control-line)',
    borderRadius: '3px',
    backgroundColor: 'var(--surface)',
    fontSize: '12px',
  },
  '.cm-button': {
    border: '1px solid var(--line-strong)',
    borderRadius: '3px',
    backgroundImage: 'none',
    backgroundColor: 'var(--surface)',
    fontSize: '12px',
  },
  '.cm-searchMatch': { backgroundColor: 'var(--amber-soft)', outline: '1px solid var(--amber-line)' },
  '.cm-searchMatch-selected': { backgroundColor: 'var(--teal-soft)', outline: '1px solid var(--teal-line)' },
});

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.definitionKeyword], color: 'var(--blue)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--green)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--violet)' },
  { tag: [tags.lineComment, tags.blockComment], color: 'var(--text-faint)', fontStyle: 'italic' },
  { tag: [tags.typeName, tags.standard(tags.name)], color: 'var(--teal)' },
]);

export const sqlTheme = [theme, syntaxHighlighting(colours)];
