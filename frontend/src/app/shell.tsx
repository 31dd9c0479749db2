import { useEffect } from 'react';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';

import { Icon } from '@/components/ui/icon';
import { settings } from '@/config/settings';
import { ConnectionPill } from '@/features/connection/components/connection-pill';
import { DemoBanner } from '@/features/connection/components/demo-banner';
import { ThemeButton } from '@/features/theme/components/theme-button';
import { useTopology } from '@/features/topology/api/topology';
import { spokenName } from '@/features/topology/components/container-text';
import { classNames } from '@/lib/class-names';

import styles from './shell.module.css';
import { views } from './views';

/** What is around every view: header, navigation, and the demo's banner. */
export function Shell({ children }: { children: ReactNode }) {
  const [path] = useLocation();
  // A new view starts at its top, as a new page would.
  useEffect(() => {
    window.scrollTo(0, 0);
  }, [path]);
  return (
    <>
      <a href="#main" className={styles.skip}>
        Skip to the content
      </a>
      <header className={styles.header}>
        <div className={styles.bar}>
          <Link href="/" className={styles.brand}>
            <Logo />
            SpeedScale
          </Link>
          <Navigation path={path} />
          <div className={styles.tools}>
            <ClusterState />
            <ThemeButton />
          </div>
        </div>
        <DemoBanner />
      </header>
      <main id="main" className={styles.main} tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

function Navigation({ path }: { path: string }) {
  return (
    <nav className={styles.nav} aria-label="Views">
      {views.map(({ href, name, icon }) => {
        const here = path === href || (href === '/' && path.startsWith('/products/'));
        return (
          <Link
            key={href}
            href={href}
            className={classNames(styles.link, here && styles.here)}
            aria-current={here ? 'page' : undefined}
          >
            <Icon name={icon} />
            {name}
          </Link>
        );
      })}
    </nav>
  );
}

/** Looks at what the topology view shows, so that the two agree. */
function ClusterState() {
  const { data, error } = useTopology(settings.glanceInterval);
  const containers = error ? [] : (data?.containers ?? []);
  const down = containers.filter(({ healthy }) => healthy === false).map(spokenName);
  return <ConnectionPill down={down} />;
}

function Logo() {
  return (
    <svg width="28" height="28" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect className={styles.logoGround} width="32" height="32" rx="9" />
      <path className={styles.logoBolt} d="M18.5 5 8 18h6.5L13 27l11-14h-7z" />
    </svg>
  );
}
