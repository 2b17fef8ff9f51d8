// Runs before the first paint, so that a dark screen never flashes white. Kept apart from the bundle for that reason.
(() => {
  let choice = 'system';
  try {
    choice = localStorage.getItem('tidegate.theme') ?? 'system';
  } catch {
    // Storage may be switched off; the system's choice is used then.
  }
  const isDark = choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
})();
