import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { MariaSQL, MySQL, PostgreSQL, type SQLDialect } from '@codemirror/lang-sql';
import { bracketMatching } from '@codemirror/language';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { Compartment, type Extension, Prec } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightSpecialChars,
  type KeyBinding,
  keymap,
  lineNumbers,
  placeholder,
} from '@codemirror/view';
import type { Dialect } from '@tidegate/sql-analysis/split';
import type { CatalogNames } from './catalog-names.ts';
import { errorMark } from './error-mark.ts';
import { leaveByTab } from './leave-by-tab.ts';
import { runMarks } from './run-marks.ts';
import { sqlCompletion } from './sql-completion.ts';
import { sqlTheme } from './sql-theme.ts';
import { verdictMarks } from './verdict-marks.ts';

const grammars: Readonly<Record<Dialect, SQLDialect>> = {
  postgresql: PostgreSQL,
  mysql: MySQL,
  mariadb: MariaSQL,
};

const language = new Compartment();

function languageOf(dialect: Dialect, names: CatalogNames | null): Extension {
  const { language: grammar } = grammars[dialect];
  // The grammar's own completion knows words only; ours knows the database.
  return [
    grammar.extension,
    runMarks(dialect),
    autocompletion({
      override: names === null ? [] : [sqlCompletion({ dialect, names })],
      activateOnTypingDelay: 40,
      maxRenderedOptions: 60,
      icons: false,
    }),
  ];
}

/** Another database: its dialect, its names. */
export function setLanguage(dialect: Dialect, names: CatalogNames | null) {
  return language.reconfigure(languageOf(dialect, names));
}

/** What the keys of the text do; each says whether it did something. */
export interface SqlCommands {
  run(view: EditorView): boolean;
  runAll(view: EditorView): boolean;
  cancel(): boolean;
  onText(text: string): void;
}

function ownKeys(commands: SqlCommands): Extension {
  const keys: KeyBinding[] = [
    { key: 'Mod-Enter', run: (view) => commands.run(view) },
    { key: 'Mod-Shift-Enter', run: (view) => commands.runAll(view) },
    { key: 'Mod-.', run: () => commands.cancel() },
    { key: 'Tab', run: acceptCompletion },
  ];
  return Prec.high(keymap.of(keys));
}

/** Everything that a tab's text can do. */
export function sqlExtensions(dialect: Dialect, names: CatalogNames | null, commands: SqlCommands): Extension {
  return [
    ownKeys(commands),
    leaveByTab,
    lineNumbers(),
    highlightSpecialChars(),
    history(),
    drawSelection(),
    bracketMatching(),
    closeBrackets(),
    search({ top: false }),
    highlightSelectionMatches(),
    keymap.of([
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...searchKeymap,
      ...historyKeymap,
      // A completion list or search panel takes Escape first.
      { key: 'Escape', run: () => commands.cancel() },
      ...defaultKeymap,
      indentWithTab,
    ]),
    placeholder('SELECT …'),
    EditorView.contentAttributes.of({ 'aria-label': 'SQL', spellcheck: 'false', autocapitalize: 'off' }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) commands.onText(update.state.doc.toString());
    }),
    language.of(languageOf(dialect, names)),
    errorMark,
    verdictMarks,
    sqlTheme,
  ];
}
