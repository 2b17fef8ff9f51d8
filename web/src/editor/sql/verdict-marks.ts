import { StateEffect, StateField } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView, hoverTooltip } from '@codemirror/view';
import type { Verdict } from '@tidegate/contract';

type Relation = Verdict['relations'][number];
type Status = Relation['status'];

/** What the ledger says about the tables in the text; offsets are those of the text that was judged. */
export const setVerdict = StateEffect.define<Verdict | null>();

const classes: Readonly<Record<Exclude<Status, 'unknown'>, string>> = {
  granted: 'tg-granted',
  requestable: 'tg-requestable',
  out_of_reach: 'tg-out-of-reach',
};

const words: Readonly<Record<Exclude<Status, 'unknown'>, (verb: string) => string>> = {
  granted: (verb) => `You can ${verb} it.`,
  requestable: (verb) => `You cannot ${verb} it yet. Run the statement to request it.`,
  out_of_reach: (verb) => `You cannot ${verb} it, nor ask for it. Ask a Project Owner or an administrator.`,
};

function tableWords({ schema, name }: Relation): string {
  return schema === '' || schema === 'public' ? name : `${schema}.${name}`;
}

function decorationsOf(verdict: Verdict | null, length: number): DecorationSet {
  const ranges = (verdict?.relations ?? []).flatMap((relation) => {
    const { status, privilege } = relation;
    if (status === 'unknown') return [];
    const verb = privilege === 'read' ? 'read' : 'change';
    const mark = Decoration.mark({ class: classes[status], says: `${tableWords(relation)}: ${words[status](verb)}` });
    return relation.positions
      .filter(({ start, end }) => start < end && end <= length)
      .map(({ start, end }) => mark.range(start, end));
  });
  return Decoration.set(ranges, true);
}

const field = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, change) {
    const effect = change.effects.findLast((candidate) => candidate.is(setVerdict));
    if (effect !== undefined) return decorationsOf(effect.value as Verdict | null, change.newDoc.length);
    return marks.map(change.changes);
  },
  provide: (marks) => EditorView.decorations.from(marks),
});

const tooltip = hoverTooltip((view, at) => {
  let found: { from: number; to: number; says: string } | null = null;
  view.state.field(field).between(at, at, (from, to, mark) => {
    found = { from, to, says: String(mark.spec.says) };
  });
  if (found === null) return null;
  const { from, to, says } = found as { from: number; to: number; says: string };
  return {
    pos: from,
    end: to,
    above: true,
    create() {
      const dom = document.createElement('div');
      dom.className = 'tg-says';
      dom.textContent = says;
      return { dom };
    },
  };
});

/** Marks the tables in the text as granted, requestable or out of reach; says so when pointed at. */
export const verdictMarks = [field, tooltip];

/** What comes of a text whose verdict has a reason. */
export function reasonWords({ isAllowed, missing }: Verdict): string {
  if (!isAllowed && missing.length === 0) return 'This will not be sent';
  return 'The database decides: not everything here is understood';
}

/** The same for the line below the text, so that it does not hang on a pointer: which tables are missing. */
export function missingWords(verdict: Verdict | null): string | null {
  const missing = (verdict?.relations ?? []).filter(
    ({ status }) => status === 'requestable' || status === 'out_of_reach',
  );
  const names = [...new Set(missing.map(tableWords))];
  if (names.length === 0) return null;
  const shown = names.slice(0, 4).join(', ') + (names.length > 4 ? ` and ${names.length - 4} more` : '');
  return `No access yet: ${shown}`;
}
