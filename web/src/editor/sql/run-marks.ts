import { type EditorState, RangeSet, RangeSetBuilder, StateField } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView, GutterMarker, gutterLineClass } from '@codemirror/view';
import type { Dialect } from '@tidegate/sql-analysis/split';
import { rangeOf, statementsToRun } from './statements-to-run.ts';

/** Longer texts are not lexed at each key; what runs is then marked when it runs. */
const longestMarkedText = 200_000;

class RunLine extends GutterMarker {
  override readonly elementClass = 'tg-run-gutter';
}
const gutterMark = new RunLine();
const lineMark = Decoration.line({ class: 'tg-run-line' });

interface Marks {
  readonly lines: DecorationSet;
  readonly gutter: RangeSet<GutterMarker>;
}
const none: Marks = { lines: Decoration.none, gutter: RangeSet.empty };

function marksOf(state: EditorState, dialect: Dialect): Marks {
  if (state.doc.length > longestMarkedText) return none;
  const range = rangeOf(statementsToRun(dialect, state.doc.toString(), state.selection.main));
  if (range === null) return none;
  const lines = new RangeSetBuilder<Decoration>();
  const gutter = new RangeSetBuilder<GutterMarker>();
  const last = state.doc.lineAt(Math.min(range.to, state.doc.length)).number;
  for (let number = state.doc.lineAt(Math.min(range.from, state.doc.length)).number; number <= last; number += 1) {
    const { from } = state.doc.line(number);
    lines.add(from, from, lineMark);
    gutter.add(from, from, gutterMark);
  }
  return { lines: lines.finish(), gutter: gutter.finish() };
}

/** Marks in the gutter and behind the text what `Mod+Enter` would run. */
export function runMarks(dialect: Dialect) {
  return StateField.define<Marks>({
    create: (state) => marksOf(state, dialect),
    update(marks, change) {
      const isSame = !change.docChanged && change.startState.selection.eq(change.state.selection);
      return isSame ? marks : marksOf(change.state, dialect);
    },
    provide: (field) => [
      EditorView.decorations.from(field, ({ lines }) => lines),
      gutterLineClass.from(field, ({ gutter }) => gutter),
    ],
  });
}
