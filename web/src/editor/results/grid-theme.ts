import type { Theme } from '@glideapps/glide-data-grid';
import { useEffect, useState } from 'react';

export interface GridColours {
  readonly theme: Partial<Theme>;
  readonly faint: string;
  readonly json: Readonly<Record<'key' | 'string' | 'number' | 'word' | 'sign', string>>;
}

function readColours(): GridColours {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(name).trim();
  const mono = token('--font-mono');
  return {
    theme: {
      accentColor: token('--teal'),
      accentFg: token('--on-teal'),
      accentLight: token('--teal-soft'),
      textDark: token('--text'),
      textMedium: token('--text-soft'),
      textLight: token('--text-faint'),
      textHeader: token('--text-soft'),
      textHeaderSelected: token('--on-teal'),
      bgCell: token('--surface'),
      bgCellMedium: token('--sunken'),
      bgHeader: token('--sunken'),
      bgHeaderHasFocus: token('--sunken'),
      bgHeaderHovered: token('--hover'),
      borderColor: token('--line'),
      horizontalBorderColor: token('--line'),
      headerBottomBorderColor: token('--line-strong'),
      fontFamily: mono,
      baseFontStyle: '13px',
      markerFontStyle: '11px',
      headerFontStyle: '500 12px',
      editorFontSize: '13px',
      cellHorizontalPadding: 8,
      cellVerticalPadding: 0,
      lineHeight: 1.4,
    },
    faint: token('--text-faint'),
    json: {
      key: token('--blue'),
      string: token('--green'),
      number: token('--violet'),
      word: token('--violet'),
      sign: token('--text-soft'),
    },
  };
}

/** The tokens as a canvas needs them; read anew when the theme changes and when the type has been loaded. */
export function useGridColours(): GridColours {
  const [colours, setColours] = useState(readColours);
  useEffect(() => {
    const again = () => setColours(readColours());
    const observer = new MutationObserver(again);
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    void Promise.all(['13px', '500 12px'].map((size) => document.fonts.load(`${size} "JetBrains Mono Variable"`))).then(
      again,
    );
    return () => observer.disconnect();
  }, []);
  return colours;
}
