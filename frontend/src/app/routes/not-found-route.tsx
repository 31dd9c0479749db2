import { Link } from 'wouter';

import { Notice } from '@/components/ui/notice';

export function NotFoundRoute() {
  return (
    <Notice icon="search" title="There is no such page">
      <p>
        <Link href="/">Back to the search</Link>
      </p>
    </Notice>
  );
}
