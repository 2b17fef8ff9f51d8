import { type Extension, type Range, RangeSet, StateEffect, StateField } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView, GutterMarker, gutterLineClass } from '@codemirror/view';

/** Where in the text the server found an error; null takes the mark away. */
export const setErrorAt = StateEffect.define<number | null>();

const mark = Decoration.mark({ class: 'tg-error' });
const lineMark = Decoration.line({ class: 'tg-error-line' });

class ErrorLine extends GutterMarker {
  override readonly elementClass = 'tg-error-gutter';
}
const gutterMark = new ErrorLine();

const field = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, change) {
    const effect = change.effects.findLast((candidate) => candidate.is(setErrorAt));
    // The text was edited: what was wrong there may be right now.
    if (effect === undefined) return change.docChanged ? Decoration.none : marks;
    if (effect.value === null) return Decoration.none;
    const { doc } = change.state;
    const at = Math.min(Math.max(0, effect.value), doc.length);
    const line = doc.lineAt(at);
    const rest = doc.sliceString(at, line.to);
    const word = /^(?:[\p{L}\p{N}_$.]+|"[^"]*"|`[^`]*`|\S)/u.exec(rest)?.[0].length ?? 0;
    // At the end of a line there is nothing to underline but what stands before.
    const [from, to] = word > 0 ? [at, at + word] : [Math.max(line.from, at - 1), at];
    return Decoration.set([lineMark.range(line.from), ...(from < to ? [mark.range(from, to)] : [])], true);
  },
  provide: (marks) => EditorView.decorations.from(marks),
});

const gutter = gutterLineClass.compute([field], (state) => {
  const ranges: Range<GutterMarker>[] = [];
  state.field(field).between(0, state.doc.length, (from, _to, decoration) => {
    if (decoration === lineMark) ranges.push(gutterMark.range(from));
  });
  return RangeSet.of(ranges);
});

/** Underlines the place of an error and marks its line. */
export const errorMark: Extension = [field, gutter];
