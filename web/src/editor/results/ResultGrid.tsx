import { lazy, Suspense } from 'react';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import type { ResultGridProps } from './result-grid.ts';

const GlideGrid = lazy(() => import('./GlideGrid.tsx'));

/** Begins to load the grid, so that it is there when the first rows come. */
export function preloadGrid(): void {
  void import('./GlideGrid.tsx').catch(() => undefined);
}

/** The rows of a result. What draws them is loaded with the first result. */
export function ResultGrid(props: ResultGridProps) {
  return (
    <Suspense fallback={<SkeletonBlock lines={5} />}>
      <GlideGrid {...props} />
    </Suspense>
  );
}
