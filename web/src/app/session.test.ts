import { beforeAll, describe, expect, it, vi } from 'vitest';
import { safePlace } from './session.ts';

describe('where sign-in leads', () => {
  beforeAll(() => {
    vi.stubGlobal('location', { origin: 'https://tidegate.example' });
  });

  it('is the place one came from', () => {
    expect(safePlace('/requests/12?view=mine#x')).toBe('/requests/12?view=mine#x');
  });

  it.each([
    undefined,
    '',
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'javascript:alert(1)',
  ])('is the home page instead of %s', (place) => {
    expect(safePlace(place)).toBe('/');
  });
});
