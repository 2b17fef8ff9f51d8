import type { ReactNode } from 'react';
import { usePageTitle } from '../../lib/page-title.ts';
import { Brand } from '../../ui/Brand.tsx';
import { useServerTime } from '../../ui/use-server-time.ts';
import css from './EntryFrame.module.css';

interface EntryFrameProps {
  title: string;
  lead?: ReactNode;
  version?: string | undefined;
  children: ReactNode;
}

/** The screens before one is inside: mark, one short form, and the day as a tide gauge. */
export function EntryFrame({ title, lead, version, children }: EntryFrameProps) {
  usePageTitle(title);
  return (
    <div className={css.frame}>
      <header className={css.head}>
        <Brand />
      </header>
      <main className={css.body}>
        <h1>{title}</h1>
        {lead && <p className={css.lead}>{lead}</p>}
        {children}
      </main>
      <footer>
        <div className={css.foot}>
          <span>Access that ends, provably.</span>
          {version && <span>Tidegate {version}</span>}
        </div>
        <TideGauge />
      </footer>
    </div>
  );
}

const hours = Array.from({ length: 24 }, (_, hour) => hour);
const labelled = [3, 6, 9, 12, 15, 18, 21];

function TideGauge() {
  const now = new Date(useServerTime(() => 60_000));
  const passed = (now.getHours() * 60 + now.getMinutes()) / (24 * 60);
  return (
    <div className={css.gaugePlace} aria-hidden="true">
      <svg className={css.gauge} viewBox="0 0 2400 36" preserveAspectRatio="none">
        <title>The day</title>
        <rect className={css.past} x="0" y="0" width={passed * 2400} height="3" />
        <rect className={css.ahead} x={passed * 2400} y="0" width={(1 - passed) * 2400} height="3" />
        {hours.map((hour) => (
          <path key={hour} className={css.tick} d={`M${hour * 100} 3V${hour % 3 === 0 ? 10 : 7}`} />
        ))}
      </svg>
      {labelled.map((hour) => (
        <span key={hour} className={css.hour} style={{ left: `${(hour / 24) * 100}%` }}>
          {String(hour).padStart(2, '0')}
        </span>
      ))}
    </div>
  );
}
