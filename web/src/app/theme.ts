import { useEffect } from 'react';
import { useStoredChoice } from '../lib/stored-choice.ts';

export type ThemeChoice = 'system' | 'light' | 'dark';

/** The chosen theme; `public/theme.js` reads the same choice before the first paint. */
export function useTheme(): [ThemeChoice, (choice: ThemeChoice) => void] {
  return useStoredChoice<ThemeChoice>('tidegate.theme', 'system');
}

/** Draws the chosen theme, and follows the system's where that is the choice. */
export function useAppliedTheme(): void {
  const [choice] = useTheme();
  useEffect(() => {
    const system = matchMedia('(prefers-color-scheme: dark)');
    const apply = () => {
      const isDark = choice === 'dark' || (choice === 'system' && system.matches);
      document.documentElement.dataset['theme'] = isDark ? 'dark' : 'light';
    };
    apply();
    system.addEventListener('change', apply);
    return () => system.removeEventListener('change', apply);
  }, [choice]);
}
