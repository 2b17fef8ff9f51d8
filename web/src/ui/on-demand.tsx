import { type ComponentType, createElement, type ReactNode, useEffect, useReducer } from 'react';

export interface OnDemand<P extends object> {
  (props: P & { fallback?: ReactNode }): ReactNode;
  /** Loads the code ahead, when it is likely to be wanted soon. */
  preload: () => Promise<void>;
}

/**
 * A part whose code comes when it is first drawn. Unlike `lazy` with `Suspense` it is drawn in the moment it is there:
 * React holds a boundary's content back for 300 ms once its fallback was shown, which is felt on a menu or a dialog.
 */
export function onDemand<P extends object>(load: () => Promise<{ default: ComponentType<P> }>): OnDemand<P> {
  let part: ComponentType<P> | null = null;
  let failure: unknown = null;
  let loading: Promise<void> | null = null;
  const preload = () => {
    loading ??= load().then(
      (module) => {
        part = module.default;
        failure = null;
      },
      (error: unknown) => {
        failure = error;
        loading = null;
      },
    );
    return loading;
  };

  // biome-ignore lint/correctness/noComponentHookFactories: made once for each part, when its module is read
  function Part({ fallback = null, ...props }: P & { fallback?: ReactNode }): ReactNode {
    const [, redraw] = useReducer((count: number) => count + 1, 0);
    useEffect(() => {
      if (part === null) void preload().then(redraw);
    }, []);
    if (part !== null) return createElement(part, props as unknown as P);
    // Shown by the screen's error boundary, which offers to load anew.
    if (failure !== null) throw failure;
    return fallback;
  }
  Part.preload = preload;
  return Part;
}
